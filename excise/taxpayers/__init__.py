"""Taxpayers and the registration of each of their establishments (ภส.01-01)."""
