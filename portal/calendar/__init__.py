"""Due dates for calendar programs."""

from portal.calendar.views import bp

__all__ = ["bp"]
