"""The queue of what people reported: look at it, answer, tell everybody what changed."""

from backoffice.support import searches
from backoffice.support.views import bp

__all__ = ["bp", "searches"]
