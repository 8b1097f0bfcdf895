"""The one family of errors that the domain may raise.

An error carries a stable `code` and the facts behind it. It never carries an
HTTP status, a SOAP fault code or finished prose: each door (web, exchange,
terminal) maps the five kinds below to its own answer.
"""

from typing import ClassVar


class ExciseError(Exception):
    """Top of the family; raise one of the kinds below, never this."""

    code: ClassVar[str]

    def __init__(self, code: str | None = None, **facts: object) -> None:
        """Keep the facts; `code` names the very rule when the class is only a kind."""
        self.reason = code or self.code
        self.facts = facts
        super().__init__(self.reason, facts)


class NotFound(ExciseError):
    """What was asked for does not exist, or the asker may not know that it does."""

    code = "not-found"


class NotAllowed(ExciseError):
    """The actor lacks the right to do this."""

    code = "not-allowed"


class Invalid(ExciseError):
    """What was entered breaks a rule; `field` in facts names the entry, if one."""

    code = "invalid"


class Conflict(ExciseError):
    """The record's present state does not permit this."""

    code = "conflict"


class Unavailable(ExciseError):
    """Something we depend on is down; trying again later may work."""

    code = "unavailable"
