"""Checking a document that somebody was shown; open to everybody."""

from portal.documents.views import bp

__all__ = ["bp"]
