"""Discrepancies: the queue, one of them with its evidence, and what an officer does about it."""

from backoffice.cases.views import bp

__all__ = ["bp"]
