"""The first page."""

from backoffice.home.views import bp

__all__ = ["bp"]
