"""The counter: what cashiers take, count and hand over."""

from backoffice.counter.views import bp

__all__ = ["bp"]
