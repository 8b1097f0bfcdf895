"""The tariff: drafted by one officer, decided on by another, published for everybody."""

from backoffice.tariff import deciding, drafts, trials, views
from backoffice.tariff.room import bp

__all__ = ["bp", "deciding", "drafts", "trials", "views"]
