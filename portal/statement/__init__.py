"""A taxpayer's statement of account."""

from portal.statement.views import bp

__all__ = ["bp"]
