"""The rates of the tariff on any day, with their law; open to everybody."""

from portal.tariff.views import bp

__all__ = ["bp"]
