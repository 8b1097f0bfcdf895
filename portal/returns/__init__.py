"""Returns, from what is owed to the confirmation."""

from portal.returns import lines, sending, views
from portal.returns.room import bp

__all__ = ["bp", "lines", "sending", "views"]
