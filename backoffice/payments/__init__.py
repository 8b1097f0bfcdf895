"""What banks reported, and the files they reported it in."""

from backoffice.payments.views import bp

__all__ = ["bp"]
