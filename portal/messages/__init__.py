"""The mailbox: what the Department tells a taxpayer."""

from portal.messages.views import bp, waiting

__all__ = ["bp", "waiting"]
