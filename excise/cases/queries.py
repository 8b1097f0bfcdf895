"""Questions about discrepancies."""

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from excise.cases.models import CorrectionRequest, Discrepancy, Explanation
from excise.cases.rules import OPEN, DiscrepancyState, Key
from excise.db import locked
from excise.errors import NotFound
from excise.offices.queries import codes_under
from excise.people.models import Officer
from excise.people.rules import Right
from excise.taxpayers.models import Registration
from excise.taxpayers.queries import Reach, require_right_at


def discrepancies(
    office_codes: Collection[str], states: Collection[DiscrepancyState]
) -> sa.Select[Discrepancy]:
    """Return the query of what offices have in some states, the most tax at stake first."""
    return (
        sa.select(Discrepancy)
        .join(Registration, Registration.id == Discrepancy.registration_id)
        .where(Registration.office_code.in_(office_codes), Discrepancy.state.in_(states))
        .options(selectinload(Discrepancy.product))
        .order_by(sa.func.coalesce(Discrepancy.potential_satang, 0).desc(), Discrepancy.id.desc())
    )


def discrepancy_for(
    session: Session, reference: str, *, officer_id: int, for_update: bool = False
) -> Discrepancy:
    """Return a discrepancy to an officer of its office or above; NotFound to others."""
    query = sa.select(Discrepancy).where(Discrepancy.reference == reference)
    if for_update:
        query = locked(query, Discrepancy)
    found = session.scalar(query)
    officer = session.get_one(Officer, officer_id)
    codes = codes_under(session, officer.office_code)
    if found is None or found.registration.office_code not in codes:
        raise NotFound(what="discrepancy", id=reference)
    return found


def discrepancies_of(session: Session, taxpayer_ids: Collection[int]) -> list[Discrepancy]:
    """Return what stands about some taxpayers, newest first."""
    query = (
        sa.select(Discrepancy)
        .where(Discrepancy.taxpayer_id.in_(taxpayer_ids))
        .order_by(Discrepancy.id.desc())
    )
    return list(session.scalars(query))


def explanations_of(session: Session, return_id: int) -> dict[tuple[str, str], Explanation]:
    """Return what was explained with a return, by rule and product code."""
    rows = session.scalars(sa.select(Explanation).where(Explanation.return_id == return_id))
    return {(row.rule, row.product_code): row for row in rows}


def open_keys(session: Session, period: date, taxpayer_id: int | None) -> set[Key]:
    """Return what is open of a month, of everybody or of one taxpayer."""
    query = sa.select(Discrepancy.rule, Discrepancy.taxpayer_id, Discrepancy.product_code).where(
        Discrepancy.period == period, Discrepancy.state.in_(OPEN)
    )
    if taxpayer_id is not None:
        query = query.where(Discrepancy.taxpayer_id == taxpayer_id)
    return {(row.rule, row.taxpayer_id, row.product_code) for row in session.execute(query)}


def told_within(reach: Reach) -> sa.Select[Discrepancy]:
    """Return the query of what there was a notice of in a reach, the most urgent first."""
    return (
        sa.select(Discrepancy)
        .where(
            reach.holds(Discrepancy.taxpayer_id, Discrepancy.registration_id),
            Discrepancy.told_difference.is_not(None),
        )
        .options(selectinload(Discrepancy.product))
        .order_by(Discrepancy.due_on.is_(None), Discrepancy.due_on, Discrepancy.id.desc())
    )


def notice_of(
    session: Session,
    reference: str,
    *,
    person_id: int,
    right: Right,
    on: date,
    for_update: bool = False,
) -> Discrepancy:
    """Return a discrepancy its taxpayer was told of, to someone with the right.

    Raises NotFound when it is not theirs or no notice was sent, NotAllowed when
    only the right is missing.
    """
    query = sa.select(Discrepancy).where(Discrepancy.reference == reference)
    if for_update:
        query = locked(query, Discrepancy)
    found = session.scalar(query)
    if found is None or not found.is_told:
        raise NotFound(what="discrepancy", id=reference)
    require_right_at(session, found.registration, person_id=person_id, right=right, on=on)
    return found


def requests_of_offices(office_codes: Collection[str]) -> sa.Select[CorrectionRequest]:
    """Return the query of the requests about discrepancies of some offices, the open first."""
    places = (
        sa.select(Discrepancy.id)
        .join(Registration, Registration.id == Discrepancy.registration_id)
        .where(Registration.office_code.in_(office_codes))
    )
    return correction_requests().where(CorrectionRequest.discrepancy_id.in_(places))


def correction_requests(sources: Collection[str] = ()) -> sa.Select[CorrectionRequest]:
    """Return the query of the requests to agencies, the open and oldest first."""
    query = sa.select(CorrectionRequest).order_by(
        CorrectionRequest.closed_at.is_not(None), CorrectionRequest.id
    )
    return query.where(CorrectionRequest.source.in_(sources)) if sources else query
