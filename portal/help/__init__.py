"""What the fields mean: articles and their search."""

from portal.help.views import bp, init_app

__all__ = ["bp", "init_app"]
