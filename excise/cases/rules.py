"""The states of a discrepancy, and the reasons a taxpayer may give."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol


class Reason(enum.StrEnum):
    """Why a return differs from what others say."""

    TIMING = "timing"
    CREDIT_NOTE = "credit-note"
    EXPORTED = "exported"
    EXEMPT = "exempt"
    REDUCED = "reduced"
    DAMAGED_OR_LOST = "damaged-or-lost"
    UNIT_CONVERSION = "unit-conversion"
    OTHER_PERMIT = "other-permit"
    SOURCE_ERROR = "source-error"
    NOT_OURS = "not-ours"
    DATA_ENTRY = "data-entry"
    PRICE_BASIS = "price-basis"
    OTHER = "other"


class DiscrepancyState(enum.StrEnum):
    """Where a discrepancy stands, from the run that found it to its end.

    No answer in time makes it REMINDED at once, and silence again UNDER_REVIEW.
    SUPPRESSED never was a difference; VOIDED was withdrawn, perhaps after its notice.
    """

    QUEUED = "queued"
    EXPLAINED = "explained"
    UNDER_REVIEW = "under-review"
    NOTIFIED = "notified"
    REMINDED = "reminded"
    ACCEPTED_PAY = "accepted-pay"
    ACCEPTED_AMEND = "accepted-amend"
    SOURCE_DISPUTED = "source-disputed"
    SUPPRESSED = "suppressed"
    VOIDED = "voided"
    ASSESSED = "assessed"
    CLOSED = "closed"


_S = DiscrepancyState
# The order is part of the index that keeps one open: see the migrations.
OPEN = (
    _S.QUEUED,
    _S.EXPLAINED,
    _S.UNDER_REVIEW,
    _S.NOTIFIED,
    _S.REMINDED,
    _S.ACCEPTED_PAY,
    _S.ACCEPTED_AMEND,
    _S.SOURCE_DISPUTED,
)
AWAITED = (_S.NOTIFIED, _S.REMINDED)  # the clock runs: it is the taxpayer's turn
ANSWERED = (_S.ACCEPTED_PAY, _S.ACCEPTED_AMEND, _S.EXPLAINED, _S.SOURCE_DISPUTED)
_ENDED = {_S.CLOSED, _S.VOIDED}
# What an officer put aside stays so, until a run finds another difference there.
_NEXT = {
    _S.QUEUED: {_S.EXPLAINED, _S.UNDER_REVIEW, _S.SUPPRESSED} | _ENDED,
    _S.EXPLAINED: {_S.QUEUED, _S.UNDER_REVIEW, _S.SUPPRESSED} | _ENDED,
    _S.UNDER_REVIEW: {_S.QUEUED, _S.NOTIFIED, _S.SUPPRESSED, _S.ASSESSED} | _ENDED,
    _S.NOTIFIED: {_S.REMINDED, *ANSWERED} | _ENDED,
    _S.REMINDED: {_S.NOTIFIED, _S.UNDER_REVIEW, *ANSWERED} | _ENDED,
    _S.ACCEPTED_PAY: {_S.UNDER_REVIEW} | _ENDED,  # and from there to its assessment
    _S.ACCEPTED_AMEND: {_S.UNDER_REVIEW} | _ENDED,
    _S.SOURCE_DISPUTED: {_S.UNDER_REVIEW} | _ENDED,
    _S.SUPPRESSED: {_S.QUEUED, _S.CLOSED},
    _S.VOIDED: set[DiscrepancyState](),
    _S.ASSESSED: set[DiscrepancyState](),
    _S.CLOSED: set[DiscrepancyState](),
}


class AnswerKind(enum.StrEnum):
    """What a taxpayer says to a notice."""

    PAY = "pay"
    AMEND = "amend"
    EXPLAIN = "explain"
    DISPUTE = "dispute"


ANSWER_LEADS_TO = {
    AnswerKind.PAY: _S.ACCEPTED_PAY,
    AnswerKind.AMEND: _S.ACCEPTED_AMEND,
    AnswerKind.EXPLAIN: _S.EXPLAINED,
    AnswerKind.DISPUTE: _S.SOURCE_DISPUTED,
}


@dataclass(frozen=True)
class Clock:
    """How many days a taxpayer has to answer, and after the reminder, from a day on."""

    since: date
    answer_days: int
    reminder_days: int
    is_assumed: bool


# No text of law sets these days; the Department confirms or changes them.
CLOCKS = (Clock(date(2017, 9, 16), answer_days=15, reminder_days=7, is_assumed=True),)


def clock_on(day: date) -> Clock:
    """Return the days that hold for what is sent on a day.

    >>> clock_on(date(2026, 11, 10)).answer_days
    15
    """
    return max((each for each in CLOCKS if each.since <= day), key=lambda each: each.since)


def may_become(state: DiscrepancyState, following: DiscrepancyState) -> bool:
    """Tell whether a discrepancy may go from one state to another.

    >>> may_become(DiscrepancyState.QUEUED, DiscrepancyState.UNDER_REVIEW)
    True
    >>> may_become(DiscrepancyState.CLOSED, DiscrepancyState.QUEUED)
    False
    """
    return following in _NEXT[state]


Key = tuple[str, int, str]


@dataclass(frozen=True, kw_only=True)
class Found:
    """A difference that a run found; figures count the rule's `measure`."""

    rule: str
    taxpayer_id: int
    registration_id: int
    product_id: int | None
    product_code: str
    period: date
    measure: str
    outcome: str
    declared: int | None
    evidence: int | None
    difference: int
    tolerance: int
    potential_satang: int | None

    @property
    def key(self) -> Key:
        """Rule, taxpayer and product: only one of a month is open."""
        return self.rule, self.taxpayer_id, self.product_code


class Differs(Protocol):
    """A difference and how much of one is let pass, in the same measure."""

    @property
    def difference(self) -> int:
        """Evidence less what was declared."""

    @property
    def tolerance(self) -> int:
        """How much may differ."""


def is_covered(found: Differs, differences: Iterable[int]) -> bool:
    """Tell whether a difference was dealt with before: it grew by no more than the tolerance.

    More on one side is no answer to more on the other.

    >>> found = Found(rule="R01", taxpayer_id=1, registration_id=1, product_id=1,
    ...     product_code="", period=date(2026, 10, 1), measure="units", outcome="under-declared",
    ...     declared=0, evidence=105, difference=105, tolerance=5, potential_satang=None)
    >>> is_covered(found, [100]), is_covered(found, [99]), is_covered(found, [])
    (True, False, False)
    """
    return any(
        known * found.difference >= 0 and abs(found.difference) <= abs(known) + found.tolerance
        for known in differences
    )
