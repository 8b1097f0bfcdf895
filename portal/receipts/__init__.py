"""Receipts, for ever."""

from portal.receipts.views import bp

__all__ = ["bp"]
