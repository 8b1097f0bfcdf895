"""What is to be paid, and how."""

from portal.bills.views import bp

__all__ = ["bp"]
