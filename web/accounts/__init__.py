"""Signing in: what both sites share. Rights are not here but in excise.people."""
