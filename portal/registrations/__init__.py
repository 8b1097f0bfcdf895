"""Registering establishments (ภส.01-01): apply, follow, correct."""

from portal.registrations.views import bp

__all__ = ["bp"]
