"""The tariff: drafted by one officer, decided on by another, published for everybody."""

from backoffice.tariff import deciding, drafts, views
from backoffice.tariff.room import bp

__all__ = ["bp", "deciding", "drafts", "views"]
