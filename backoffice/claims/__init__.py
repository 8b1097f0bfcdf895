"""Claims for refund and reduction: examined by one officer, decided by another."""

from backoffice.claims.views import bp

__all__ = ["bp"]
