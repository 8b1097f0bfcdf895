"""Who may act for a business, and for which businesses one may act."""

from portal.delegations.views import bp

__all__ = ["bp"]
