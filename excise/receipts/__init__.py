"""Receipts: gapless numbers, a chained register, the PDF."""
