"""Pages that every public service owes its visitors; the same on both sites."""

from web.pages.views import PUBLIC, bp

__all__ = ["PUBLIC", "bp"]
