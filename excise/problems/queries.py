"""Questions about reports."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from excise.db import locked
from excise.errors import NotFound
from excise.people.queries import require_officer
from excise.periods import BANGKOK, add_months, local_date
from excise.problems.models import Problem
from excise.problems.rules import ProblemKind, ProblemState, usual_days

PERMISSION = "problem.answer"


def problems(
    states: Collection[ProblemState],
    *,
    kind: ProblemKind | None = None,
    officer_id: int | None = None,
) -> sa.Select[Problem]:
    """Return the query of the reports in some states, the oldest first."""
    query = sa.select(Problem).where(Problem.state.in_(states)).order_by(Problem.id)
    if kind is not None:
        query = query.where(Problem.kind == kind)
    if officer_id is not None:
        query = query.where(Problem.officer_id == officer_id)
    return query.options(joinedload(Problem.officer))


def problem_for(
    session: Session, reference: str, *, officer_id: int, for_update: bool = False
) -> Problem:
    """Return a report to an officer who answers them; NotAllowed to other officers."""
    require_officer(session, officer_id=officer_id, permission=PERMISSION)
    query = sa.select(Problem).where(Problem.reference == reference)
    found = session.scalar(locked(query, Problem) if for_update else query)
    if found is None:
        raise NotFound(what="problem", id=reference)
    return found


def reported_by(person_id: int) -> sa.Select[Problem]:
    """Return the query of what a person reported, the newest first."""
    return sa.select(Problem).where(Problem.person_id == person_id).order_by(Problem.id.desc())


def problem_of(session: Session, reference: str, *, person_id: int) -> Problem:
    """Return a report to the person who sent it; NotFound to anybody else."""
    found = session.scalar(reported_by(person_id).where(Problem.reference == reference))
    if found is None:
        raise NotFound(what="problem", id=reference)
    return found


def problem_by_token(session: Session, token: str) -> Problem:
    """Return the report that a mailed link opens; raises NotFound."""
    found = session.scalar(sa.select(Problem).where(Problem.token == token))
    if found is None:
        raise NotFound(what="problem", id="token")
    return found


@dataclass(frozen=True)
class MonthTold:
    """What people reported in a month, and the changes made public in it.

    `counts` goes by kind (None: nobody has looked yet) and state. `days` is the median
    from a report to its first answer, None while there is none.
    """

    counts: Counter[tuple[ProblemKind | None, ProblemState]]
    days: int | None
    changes: Sequence[Problem]

    def of_kind(self, kind: ProblemKind | None) -> int:
        """Count the reports of a kind."""
        return sum(number for (each, _), number in self.counts.items() if each is kind)

    def in_state(self, state: ProblemState) -> int:
        """Count the reports in a state."""
        return sum(number for (_, each), number in self.counts.items() if each is state)


def month_told(session: Session, month: date) -> MonthTold:
    """Return what may be told to everybody about a month, given by its first day."""
    days = (month, add_months(month, 1))
    first, after = (datetime.combine(day, time(), BANGKOK) for day in days)
    rows = session.execute(
        sa.select(Problem.kind, Problem.state, Problem.reported_at, Problem.answered_at).where(
            Problem.reported_at >= first, Problem.reported_at < after
        )
    ).all()
    changes = session.scalars(
        sa.select(Problem)
        .where(Problem.published_at >= first, Problem.published_at < after)
        .order_by(Problem.published_at.desc())
    ).all()
    answered = (_days(row.reported_at, row.answered_at) for row in rows if row.answered_at)
    return MonthTold(Counter((row.kind, row.state) for row in rows), usual_days(answered), changes)


def _days(since: datetime, until: datetime) -> int:
    return (local_date(until) - local_date(since)).days
