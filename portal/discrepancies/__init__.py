"""Notices of differences: what others told, what was declared, and the taxpayer's answer."""

from portal.discrepancies.views import bp

__all__ = ["bp"]
