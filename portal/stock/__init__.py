"""The taxpayer's own stock statements: typed or sent as files, and the accounts they make."""

from portal.stock import files, typing
from portal.stock.room import bp

__all__ = ["bp", "files", "typing"]
