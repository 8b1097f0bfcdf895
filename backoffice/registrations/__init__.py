"""Applications for registration: the queue, the decision, guarantees."""

from backoffice.registrations.views import bp

__all__ = ["bp"]
