"""Closing of the books, by two officers."""

from backoffice.closings.views import bp

__all__ = ["bp"]
