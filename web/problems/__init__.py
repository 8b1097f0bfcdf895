"""Reports about our pages: sent from any page of either site, followed by who sent them."""

from web.problems.views import PUBLIC, bp, init_app, link_to

__all__ = ["PUBLIC", "bp", "init_app", "link_to"]
