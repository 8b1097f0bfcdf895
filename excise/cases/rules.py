"""The states of a discrepancy, and the reasons a taxpayer may give."""

import enum


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
