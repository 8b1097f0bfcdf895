"""Claims for refund, exemption and reduction (ภส.05-01, 05-03)."""

from portal.claims.views import bp

__all__ = ["bp"]
