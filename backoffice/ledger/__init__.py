"""The books: the balance of each account, and the journal."""

from backoffice.ledger.views import bp

__all__ = ["bp"]
