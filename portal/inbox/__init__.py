"""The mail of a demonstration, which leaves this machine by no wire."""

from portal.inbox.views import bp

__all__ = ["bp"]
