"""Assessments: prepared by one officer, decided by another."""

from backoffice.assessments import deciding, drafts, views
from backoffice.assessments.room import bp

__all__ = ["bp", "deciding", "drafts", "views"]
