"""Debts that are given up and payments that are reversed: one officer proposes, another decides."""

from backoffice.corrections.views import bp

__all__ = ["bp"]
