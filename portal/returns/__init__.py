"""Returns, from what is owed to the confirmation."""

from portal.returns import amending, evidence, lines, offers, sending, uploading, views
from portal.returns.room import bp

__all__ = ["amending", "bp", "evidence", "lines", "offers", "sending", "uploading", "views"]
