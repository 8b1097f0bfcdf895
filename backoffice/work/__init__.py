"""Durable work: what waits, runs and gave up; retry and stop."""

from backoffice.work.views import bp

__all__ = ["bp"]
