"""States and kinds of reports, and what may come with one."""

import enum
from collections.abc import Iterable
from statistics import median_low

MAX_PICTURE_BYTES = 5_000_000
MAX_WORDS = 4000
_LONGEST_ADDRESS = 300
_STARTS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


class Category(enum.StrEnum):
    """What the sender calls it."""

    STUCK = "stuck"
    WRONG = "wrong"
    UNCLEAR = "unclear"
    ACCESS = "access"
    IDEA = "idea"
    OTHER = "other"


class ProblemKind(enum.StrEnum):
    """What the officer finds it to be."""

    FAULT = "fault"
    SUGGESTION = "suggestion"
    QUESTION = "question"
    LAW = "law"


class ProblemState(enum.StrEnum):
    """Where a report stands."""

    REPORTED = "reported"
    TRIAGED = "triaged"
    ANSWERED = "answered"
    PLANNED = "planned"
    CHANGED = "changed"
    DECLINED = "declined"


_S = ProblemState
OUTCOMES = (_S.ANSWERED, _S.PLANNED, _S.CHANGED, _S.DECLINED)
OPEN = (_S.REPORTED, _S.TRIAGED, _S.PLANNED)
_NEXT = {
    _S.REPORTED: {_S.TRIAGED},
    _S.TRIAGED: set(OUTCOMES),
    _S.PLANNED: {_S.ANSWERED, _S.CHANGED, _S.DECLINED},
    _S.ANSWERED: {_S.PLANNED, _S.CHANGED},
    _S.CHANGED: set[ProblemState](),
    _S.DECLINED: {_S.PLANNED, _S.CHANGED},
}


def following(state: ProblemState) -> list[ProblemState]:
    """Return the states that may come next, in the order in which they are offered.

    >>> following(ProblemState.PLANNED)[0]
    <ProblemState.ANSWERED: 'answered'>
    """
    return [each for each in ProblemState if each in _NEXT[state]]


def address_told(address: str) -> str:
    """Return what may be kept of a page's address: what stands behind ? may be a secret.

    >>> address_told("/returns/D2570?key=x#top"), address_told("https://evil.example/")
    ('/returns/D2570', '')
    """
    path = address.partition("?")[0].partition("#")[0]
    return path[:_LONGEST_ADDRESS] if path.startswith("/") and not path.startswith("//") else ""


def picture_type_of(content: bytes) -> str | None:
    r"""Tell by its first bytes, never by its name, what a picture is; None if it is none.

    >>> picture_type_of(b"\x89PNG\r\n\x1a\n..."), picture_type_of(b"<svg>")
    ('image/png', None)
    """
    return next((kind for start, kind in _STARTS.items() if content.startswith(start)), None)


def usual_days(days: Iterable[int]) -> int | None:
    """Return the median of whole days, of two in the middle the smaller; None of nothing.

    >>> usual_days([9, 1, 3, 2]), usual_days([])
    (2, None)
    """
    known = list(days)
    return median_low(known) if known else None
