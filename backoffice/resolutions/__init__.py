"""What becomes of money that found no bill: proposed by one officer, decided by another."""

from backoffice.resolutions import credits
from backoffice.resolutions.views import bp

__all__ = ["bp", "credits"]
