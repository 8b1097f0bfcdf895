"""Registering establishments (ภส.01-01): apply, follow, correct, change, end."""

from portal.registrations import changing, documents, views
from portal.registrations.room import bp

__all__ = ["bp", "changing", "documents", "views"]
