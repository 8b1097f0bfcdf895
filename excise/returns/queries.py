"""Questions about returns."""

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, lazyload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from excise import periods
from excise.db import locked
from excise.errors import NotFound
from excise.offices.queries import codes_under
from excise.people.models import Officer
from excise.people.rules import Right
from excise.products.models import Product
from excise.returns.lines import lines_of
from excise.returns.models import Basis, Form, Return, ReturnLine, ReturnState
from excise.returns.rules import ReturnTax, work_out
from excise.tariff.schema import Tariff
from excise.taxpayers.models import Registration, Taxpayer
from excise.taxpayers.queries import Reach, establishments, require_right_at
from excise.taxpayers.rules import EstablishmentType


def draft_of(
    session: Session,
    draft_reference: str,
    *,
    person_id: int,
    right: Right,
    on: date,
    for_update: bool = False,
) -> Return:
    """Return a return by its draft reference to somebody with the right.

    It keeps this name after filing, so an old tab still finds it.
    """
    query = sa.select(Return).where(Return.draft_reference == draft_reference)
    query = query.options(_with_lines())
    if for_update:
        query = locked(query, Return)
    if (tax_return := session.scalar(query)) is None:
        raise NotFound(what="return", id=draft_reference)
    require_right_at(session, tax_return.registration, person_id=person_id, right=right, on=on)
    return tax_return


def _with_lines() -> ExecutableOption:
    """Read the lines with their products and prices at once, however many there are."""
    product = selectinload(Return.lines).joinedload(ReturnLine.product)
    return product.options(selectinload(Product.prices), lazyload(Product.registration))


def filed_return(session: Session, reference: str, *, person_id: int, on: date) -> Return:
    """Return a filed return to somebody who may see it; NotFound when it is not theirs."""
    tax_return = session.scalar(sa.select(Return).where(Return.reference == reference))
    if tax_return is None:
        raise NotFound(what="return", id=reference)
    require_right_at(session, tax_return.registration, person_id=person_id, right=Right.VIEW, on=on)
    return tax_return


def filed_returns(
    *,
    office_codes: Collection[str],
    words: str = "",
    form: Form | None = None,
    month: date | None = None,
) -> sa.Select[Return]:
    """Return the query of what was filed with some offices, the last begun first.

    `words` are the whole reference of a return, a tax ID or the number of a registration.
    """
    query = (
        sa.select(Return)
        .join(Registration, Registration.id == Return.registration_id)
        .where(Return.state == ReturnState.FILED, Registration.office_code.in_(office_codes))
        .order_by(Return.id.desc())
    )
    if words:
        # Each is looked up by itself, in an index of its own.
        taxpayer = sa.select(Taxpayer.id).where(Taxpayer.tax_id == words).scalar_subquery()
        places = sa.select(Registration.id).where(
            sa.or_(Registration.taxpayer_id == taxpayer, Registration.number == words)
        )
        query = query.where(
            sa.or_(Return.reference == words.upper(), Return.registration_id.in_(places))
        )
    if form is not None:
        query = query.where(Return.form == form)
    return query if month is None else query.where(Return.period == month)


def return_for_officer(session: Session, reference: str, *, officer_id: int) -> Return:
    """Return a filed return to an officer of its office or above; NotFound to others."""
    found = session.scalar(sa.select(Return).where(Return.reference == reference))
    codes = codes_under(session, session.get_one(Officer, officer_id).office_code)
    if found is None or found.registration.office_code not in codes:
        raise NotFound(what="return", id=reference)
    return found


def filed_by_reference(session: Session, reference: str) -> Return:
    """Return a filed return to an agency with the right to ask; raises NotFound."""
    found = session.scalar(sa.select(Return).where(Return.reference == reference))
    if found is None:
        raise NotFound(what="return", id=reference)
    return found


def filed_of_month(
    session: Session, registration_id: int, *, form: str, month: date, version: int | None = None
) -> list[Return]:
    """Return what an establishment filed on a form for a month, the newest first.

    A month of removals has many returns of the same version.
    """
    query = sa.select(Return).where(
        Return.registration_id == registration_id,
        sa.cast(Return.form, sa.Text) == form,
        Return.period == month,
        Return.state == ReturnState.FILED,
    )
    if version is not None:
        query = query.where(Return.version == version)
    return list(session.scalars(query.order_by(Return.filed_at.desc(), Return.id.desc())))


def returns_within(reach: Reach) -> sa.Select[Return]:
    """Return the query of the drafts and filed returns in a reach, what changed last first."""
    places = establishments(reach).order_by(None).with_only_columns(Registration.id)
    return (
        sa.select(Return)
        .where(Return.registration_id.in_(places))
        .order_by(Return.changed_at.desc(), Return.id.desc())
    )


def drafts_within(
    session: Session, reach: Reach, *, but: Collection[int] = (), limit: int
) -> list[Return]:
    """Return the latest drafts in a reach, but those with these ids, what changed last first."""
    drafts = returns_within(reach).where(Return.state == ReturnState.DRAFT)
    return list(session.scalars(drafts.where(Return.id.not_in(but)).limit(limit)))


def monthly_drafts(
    session: Session, registration_ids: Collection[int], months: Collection[date]
) -> list[Return]:
    """Return the drafts for whole months that establishments have begun."""
    query = sa.select(Return).where(
        Return.registration_id.in_(registration_ids),
        Return.period.in_(months),
        Return.basis == Basis.MONTH,
        Return.state == ReturnState.DRAFT,
    )
    return list(session.scalars(query))


def work_out_draft(tariff: Tariff, tax_return: Return, *, on: date) -> ReturnTax:
    """Work out a return as if it were filed on a day.

    Of an amendment the tax alone: what is late of it depends on what was filed before.
    """
    filed_on = on if tax_return.amends_id is None else tax_return.due_on
    return work_out(tariff, lines_of(tax_return.lines), due_on=tax_return.due_on, filed_on=filed_on)


def open_months(session: Session, registration: Registration, *, today: date) -> list[date]:
    """Return the months, oldest first, for which a return can be begun: this one too."""
    filed = set(session.scalars(_filed_months([registration.id]).with_only_columns(Return.period)))
    return [month for month in _months_to_file(registration, today) if month not in filed]


def months_owed(
    session: Session, registrations: Collection[Registration], *, today: date
) -> list[tuple[Registration, date]]:
    """Return the past months for which each establishment still owes a return, oldest first.

    Services file every month; goods only in months that a guarantee covers. Those who
    filed as many months as they had to are left out by counting alone.
    """
    this_month = today.replace(day=1)
    to_file = {
        each.id: [month for month in _months_to_file(each, today) if month < this_month]
        for each in registrations
    }
    query = _filed_months(to_file).where(Return.period < this_month)
    counted = sa.func.count(Return.period.distinct())
    count = session.execute(
        query.with_only_columns(Return.registration_id, counted).group_by(Return.registration_id)
    )
    counts = {registration_id: filed for registration_id, filed in count}
    # What was filed for months after a last day must not stand for months before it.
    behind = [
        each
        for each in registrations
        if each.closes_on or counts.get(each.id, 0) < len(to_file[each.id])
    ]
    rows = _filed_months([each.id for each in behind])
    columns = rows.with_only_columns(Return.registration_id, Return.period)
    filed = {(registration_id, period) for registration_id, period in session.execute(columns)}
    return [
        (each, month)
        for each in behind
        for month in to_file[each.id]
        if (each.id, month) not in filed
    ]


def _months_to_file(registration: Registration, today: date) -> list[date]:
    last = min(today, registration.closes_on or today)
    months = periods.months_between(registration.starts_on, last)
    return [month for month in months if files_monthly(registration, month)]


def files_monthly(registration: Registration, month: date) -> bool:
    """Tell whether a month has one return: of services always, of goods under a guarantee."""
    is_service = registration.establishment_type is EstablishmentType.SERVICE
    return is_service or registration.has_guarantee(month)


def _filed_months(registration_ids: Collection[int]) -> sa.Select[Return]:
    return sa.select(Return).where(
        Return.registration_id.in_(registration_ids),
        Return.basis == Basis.MONTH,
        Return.state == ReturnState.FILED,
    )
