"""Returns, from what is owed to the confirmation."""

from portal.returns import evidence, lines, sending, views
from portal.returns.room import bp

__all__ = ["bp", "evidence", "lines", "sending", "views"]
