"""Millions of lines at once, by the same tariff as the single calculation."""

from excise.tariff.bulk.engine import DAY, ITEM, Bulk

__all__ = ["DAY", "ITEM", "Bulk"]
