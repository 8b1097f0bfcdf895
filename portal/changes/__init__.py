"""What people reported and what was changed, a month at a time, for everybody."""

from portal.changes.views import bp

__all__ = ["bp"]
