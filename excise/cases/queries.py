"""Questions about discrepancies."""

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from excise.cases.models import Discrepancy, Explanation
from excise.cases.rules import DiscrepancyState
from excise.db import locked
from excise.errors import NotFound
from excise.offices.queries import codes_under
from excise.people.models import Officer
from excise.taxpayers.models import Registration


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


def earlier(
    session: Session, *, rule: str, taxpayer_id: int, period: date, product_code: str
) -> list[Discrepancy]:
    """Return every discrepancy under one key, newest first."""
    query = (
        sa.select(Discrepancy)
        .where(
            Discrepancy.rule == rule,
            Discrepancy.taxpayer_id == taxpayer_id,
            Discrepancy.period == period,
            Discrepancy.product_code == product_code,
        )
        .order_by(Discrepancy.id.desc())
    )
    return list(session.scalars(query))
