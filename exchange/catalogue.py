"""The one catalogue of codes: what each says in Thai and English, and what may be retried."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from exchange.messages.frame import Existing, Problem, Severity
from excise.errors import Conflict, ExciseError, Invalid, NotAllowed, NotFound

_KINDS = {Invalid: "2000", Conflict: "5000", NotFound: "3003", NotAllowed: "1002"}
_LONGEST_ECHO = 200


class Rejected(Exception):
    """A business answer that refuses: the message is remembered, what it did is undone."""

    def __init__(
        self,
        code: str,
        *,
        field: str | None = None,
        value: str | None = None,
        existing: Existing | None = None,
    ) -> None:
        """Keep what the answer will say."""
        super().__init__(code)
        self.problem = problem(code, field=field, value=value, existing=existing)


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a code says."""

    th: str
    en: str
    retryable: bool = False
    retry_after_seconds: int | None = None


@cache
def _catalogue() -> dict[str, dict[str, Any]]:
    text = files("exchange").joinpath("catalogue.yaml").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return loaded


@cache
def fault_words(code: str) -> Words:
    """Return what a fault says."""
    return Words(**_catalogue()["faults"][code])


@cache
def words(code: str) -> Words:
    """Return what an answer's code says.

    >>> words("1001").en
    'The taxpayer is unknown.'
    """
    return Words(**_catalogue()["codes"][code])


def problem(
    code: str,
    *,
    severity: Severity = Severity.ERROR,
    field: str | None = None,
    value: str | None = None,
    existing: Existing | None = None,
) -> Problem:
    """Say what is wrong with a message; a long value is told by its beginning."""
    said = words(code)
    return Problem(
        code=code,
        severity=severity,
        field=field,
        original_value=None if value is None else value[:_LONGEST_ECHO],
        message_th=said.th,
        message_en=said.en,
        existing=existing,
    )


def rejection(error: ExciseError) -> Rejected:
    """Return the answer that an error of the domain becomes."""
    kind = next((code for kind, code in _KINDS.items() if isinstance(error, kind)), "2000")
    code = _catalogue()["domain"].get(error.reason, kind)
    field, value = error.facts.get("field"), error.facts.get("value")
    return Rejected(
        code,
        field=None if field is None else str(field),
        value=None if value is None else str(value),
    )
