"""What is handed on to funds and local bodies."""

from backoffice.remittances.views import bp

__all__ = ["bp"]
