"""Returns that were filed, as officers see them."""

from backoffice.returns.views import bp

__all__ = ["bp"]
