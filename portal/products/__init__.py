"""Products of an establishment and their notified prices (ภส.02-01)."""

from portal.products.views import bp

__all__ = ["bp"]
