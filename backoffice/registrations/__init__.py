"""Applications for registration and its changes: the queue, the decision, guarantees."""

from backoffice.registrations import changes, views
from backoffice.registrations.room import bp

__all__ = ["bp", "changes", "views"]
