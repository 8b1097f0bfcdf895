"""What other agencies told us: deliveries of revenue data, and bringing in files of it."""

from backoffice.evidence.views import bp

__all__ = ["bp"]
