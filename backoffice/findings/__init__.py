"""What the rules found that belongs to no discrepancy: whose it is nobody knows, or ours it is."""

from backoffice.findings.views import bp

__all__ = ["bp"]
