"""What every process writes about its work: one JSON object a line."""

from contextvars import ContextVar

# What the present work belongs to: the id of a request, or of an agency's message.
# Work that is asked for keeps it, so a letter can be traced to the click that caused it.
reference: ContextVar[str] = ContextVar("reference", default="")
