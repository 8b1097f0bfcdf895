"""Closing of the books: what blocks it, its certificate, and its reopening."""
