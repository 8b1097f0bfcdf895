"""Products and their prices (ภส.02-01): by hand, from a spreadsheet, by barcode."""

from portal.products import sheets, views
from portal.products.room import bp

__all__ = ["bp", "sheets", "views"]
