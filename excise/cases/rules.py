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
    """Where a discrepancy stands; the notice to the taxpayer and its answers come with it."""

    QUEUED = "queued"
    EXPLAINED = "explained"
    UNDER_REVIEW = "under-review"
    SUPPRESSED = "suppressed"
    ASSESSED = "assessed"
    CLOSED = "closed"


_S = DiscrepancyState
OPEN = (_S.QUEUED, _S.EXPLAINED, _S.UNDER_REVIEW)
# What an officer put aside stays so, until a run finds another difference there.
_NEXT = {
    _S.QUEUED: {_S.EXPLAINED, _S.UNDER_REVIEW, _S.SUPPRESSED, _S.CLOSED},
    _S.EXPLAINED: {_S.QUEUED, _S.UNDER_REVIEW, _S.SUPPRESSED, _S.CLOSED},
    _S.UNDER_REVIEW: {_S.QUEUED, _S.SUPPRESSED, _S.ASSESSED, _S.CLOSED},
    _S.SUPPRESSED: {_S.QUEUED, _S.CLOSED},
    _S.ASSESSED: set[DiscrepancyState](),
    _S.CLOSED: set[DiscrepancyState](),
}


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

    >>> found = Found(rule="R01", taxpayer_id=1, registration_id=1, product_id=1,
    ...     product_code="", period=date(2026, 10, 1), measure="units", outcome="under-declared",
    ...     declared=0, evidence=105, difference=105, tolerance=5, potential_satang=None)
    >>> is_covered(found, [100]), is_covered(found, [99]), is_covered(found, [])
    (True, False, False)
    """
    return any(found.difference <= known + found.tolerance for known in differences)
