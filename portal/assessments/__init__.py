"""Assessments that were served: what, why, how to pay and how to appeal."""

from portal.assessments.views import bp

__all__ = ["bp"]
