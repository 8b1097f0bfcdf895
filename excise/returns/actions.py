"""Write a return and file it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit, numbering, periods
from excise.arrears.rules import due_date
from excise.db import lock
from excise.errors import Conflict, Invalid, NotFound
from excise.people.models import Person
from excise.people.rules import Right
from excise.products.models import Product
from excise.returns.lines import check_line, units_of
from excise.returns.models import (
    Basis,
    Form,
    Return,
    ReturnLine,
    ReturnState,
)
from excise.returns.queries import draft_of
from excise.tariff.rules import LineTax
from excise.tariff.schema import Tariff
from excise.taxpayers.models import Registration
from excise.taxpayers.queries import establishment
from excise.taxpayers.rules import EstablishmentType

MAX_LINES = 500  # more come by upload
MAX_DAYS_AHEAD = 60  # a removal further off would meet another price or rate


class LineChanged(Conflict):
    """Somebody else changed the line since it was read; facts: `by`, `at` and its `mark` now."""

    code = "line-changed"


class LineOfFile(Conflict):
    """The line adds up rows of a file: correct them there and send the file again."""

    code = "line-of-file"


class MonthAlreadyFiled(Conflict):
    """This month is filed; what was wrong in it is amended, not filed again."""

    code = "month-already-filed"


def start_return(
    session: Session,
    *,
    tariff: Tariff,
    registration_number: str,
    basis: Basis,
    day: date,
    person_id: int,
    submission_id: str,
    at: datetime,
) -> Return:
    """Begin a return: for goods leaving on `day`, or for the month `day` lies in.

    A draft of the same month is continued rather than begun twice. Raises
    Conflict when the month is filed, Invalid when the basis or day is not open.
    """
    today = periods.local_date(at)
    registration = establishment(
        session, registration_number, person_id=person_id, right=Right.PREPARE, on=today
    )
    lock(session, f"returns:{registration.id}")
    if earlier := session.scalar(sa.select(Return).where(Return.submission_id == submission_id)):
        return _same_or_conflict(earlier, registration, basis, day)
    month = day.replace(day=1)
    _check_basis(registration, basis, day, today)
    if basis is Basis.MONTH and (existing := _of_month(session, registration, month)):
        if existing.state is ReturnState.FILED:
            raise MonthAlreadyFiled(reference=existing.reference)
        return existing
    year = periods.fiscal_year_be(today)
    tax_return = Return(
        draft_reference=f"D{year}{numbering.take(session, f'draft:{year}'):07d}",
        submission_id=submission_id,
        registration_id=registration.id,
        form=_form_of(registration),
        basis=basis,
        period=month,
        removal_on=day if basis is Basis.REMOVAL else None,
        due_on=day if basis is Basis.REMOVAL else due_date(tariff, periods.TaxMonth.of(month)),
        created_at=at,
        created_by=person_id,
        changed_at=at,
    )
    session.add(tax_return)
    _log(session, tax_return, person_id, "return.start", at)
    return tax_return


def _same_or_conflict(
    earlier: Return, registration: Registration, basis: Basis, day: date
) -> Return:
    asked = day if basis is Basis.REMOVAL else day.replace(day=1)
    told = (earlier.registration_id, earlier.basis, earlier.removal_on or earlier.period)
    if told != (registration.id, basis, asked):
        raise Conflict("submission-reused")
    return earlier


def _form_of(registration: Registration) -> Form:
    services = registration.establishment_type is EstablishmentType.SERVICE
    return Form.SERVICES if services else Form.GOODS


def _check_basis(registration: Registration, basis: Basis, day: date, today: date) -> None:
    services = _form_of(registration) is Form.SERVICES
    first = day if basis is Basis.REMOVAL else day.replace(day=1)
    if registration.is_closed(first):
        raise Invalid("registration-closed", field="day", on=registration.closes_on)
    if basis is Basis.REMOVAL:
        if services:
            raise Invalid("services-file-by-month", field="basis")
        if not registration.starts_on <= day <= today + timedelta(days=MAX_DAYS_AHEAD):
            raise Invalid("removal-day-not-open", field="day")
        return
    if not services and not registration.has_guarantee(day):
        raise Invalid("guarantee-missing", field="basis")
    if not registration.starts_on.replace(day=1) <= day.replace(day=1) <= today.replace(day=1):
        raise Invalid("month-not-open", field="day")


def _of_month(session: Session, registration: Registration, month: date) -> Return | None:
    return session.scalar(
        sa.select(Return)
        .where(
            Return.registration_id == registration.id,
            Return.basis == Basis.MONTH,
            Return.period == month,
        )
        .order_by(Return.version.desc())
    )


@dataclass(frozen=True, kw_only=True)
class LineEntry:
    """One line as entered: so many units of a product, or a service's receipts."""

    product_id: int
    tax_point_on: date
    quantity: Decimal = Decimal(1)
    receipts_satang: int | None = None
    measures: dict[str, Decimal]


def set_line(
    session: Session,
    entry: LineEntry,
    *,
    tariff: Tariff,
    draft_reference: str,
    person_id: int,
    position: int | None,
    at: datetime,
    submission_id: str | None = None,
    seen: str | None = None,
) -> ReturnLine:
    """Add a line, or replace the one at `position`; the line must be calculable.

    The same submission again adds nothing: its first line is the answer. `seen` is the mark
    of the line as it was read: LineChanged when somebody else changed it since.
    Raises Invalid when the product has no price on the tax point, the day lies
    outside the return, or the tariff finds a figure missing or absurd; LineOfFile.
    """
    tax_return = open_draft(session, draft_reference, person_id, at)
    product = session.get(Product, entry.product_id)
    if product is None or product.registration_id != tax_return.registration_id:
        raise NotFound(what="product", id=entry.product_id)
    if earlier := _added_before(tax_return, submission_id):
        return earlier
    line = _line_at(tax_return, position)
    if line is None:
        line = _append(tax_return, submission_id)
    elif line.row_count:
        raise LineOfFile
    _check_seen(session, line, seen, person_id)
    line.product_id, line.tax_point_on = product.id, entry.tax_point_on
    line.product = product
    line.units = units_of(entry.quantity)
    line.receipts_satang = entry.receipts_satang
    line.measures = {name: str(number) for name, number in entry.measures.items()}
    with session.no_autoflush:  # a number that is refused here may not even fit the column
        _check_day(tax_return, line)
        check_line(tariff, line, is_service=tax_return.form is Form.SERVICES)
    line.changed_at, line.changed_by = at, person_id
    touch(tax_return, person_id, at)
    return line


def try_line(tariff: Tariff, tax_return: Return, product: Product, entry: LineEntry) -> LineTax:
    """Work out the tax of a line as entered, without saving it; raises what `set_line` does."""
    line = ReturnLine(
        position=0,
        product_id=product.id,
        tax_point_on=entry.tax_point_on,
        units=units_of(entry.quantity),
        receipts_satang=entry.receipts_satang,
        measures={name: str(number) for name, number in entry.measures.items()},
    )
    line.product = product
    _check_day(tax_return, line)
    return check_line(tariff, line, is_service=tax_return.form is Form.SERVICES)


def _check_seen(session: Session, line: ReturnLine, seen: str | None, person_id: int) -> None:
    if seen is None or line.mark == seen or line.changed_by in (None, person_id):
        return
    other = session.get_one(Person, line.changed_by)
    raise LineChanged(by=other.name, at=line.changed_at, mark=line.mark)


def touch(tax_return: Return, person_id: int, at: datetime, *, done: bool = False) -> None:
    """Note who changed a draft, which is no longer finished unless they say so."""
    tax_return.lines_done, tax_return.changed_at = done, at
    tax_return.changed_by = person_id


def _added_before(tax_return: Return, submission_id: str | None) -> ReturnLine | None:
    known = (line for line in tax_return.lines if line.submission_id == submission_id)
    return next(known, None) if submission_id else None


def _line_at(tax_return: Return, position: int | None) -> ReturnLine | None:
    if position is None:
        return None
    for line in tax_return.lines:
        if line.position == position:
            return line
    raise NotFound(what="line", id=position)


def _append(tax_return: Return, submission_id: str | None) -> ReturnLine:
    if sum(not line.row_count for line in tax_return.lines) >= MAX_LINES:
        raise Invalid("too-many-lines", field="lines", limit=MAX_LINES)
    last = max((line.position for line in tax_return.lines), default=0)
    line = ReturnLine(
        position=last + 1,
        product_id=0,
        tax_point_on=tax_return.period,
        units=0,
        submission_id=submission_id,
    )
    tax_return.lines.append(line)
    return line


def _check_day(tax_return: Return, line: ReturnLine) -> None:
    if tax_return.basis is Basis.REMOVAL and line.tax_point_on != tax_return.removal_on:
        raise Invalid("tax-point-not-removal-day", field="tax_point_on")
    if line.tax_point_on.replace(day=1) != tax_return.period:
        raise Invalid("tax-point-outside-month", field="tax_point_on")


def remove_line(
    session: Session,
    *,
    draft_reference: str,
    position: int,
    person_id: int,
    at: datetime,
    seen: str | None = None,
) -> None:
    """Take a line out of a draft; the others keep their numbers. What is gone may go again.

    Raises LineChanged and LineOfFile as `set_line` does.
    """
    tax_return = open_draft(session, draft_reference, person_id, at)
    for line in [line for line in tax_return.lines if line.position == position]:
        if line.row_count:
            raise LineOfFile
        _check_seen(session, line, seen, person_id)
        tax_return.lines.remove(line)
        touch(tax_return, person_id, at)


def finish_lines(session: Session, *, draft_reference: str, person_id: int, at: datetime) -> Return:
    """Say that all lines are in; an empty return is nil, which only a month can be."""
    tax_return = open_draft(session, draft_reference, person_id, at)
    is_amended = tax_return.amends_id is not None
    if not tax_return.lines and tax_return.basis is Basis.REMOVAL and not is_amended:
        raise Invalid("removal-without-lines", field="lines")
    touch(tax_return, person_id, at, done=True)
    return tax_return


def discard_draft(session: Session, *, draft_reference: str, person_id: int, at: datetime) -> None:
    """Throw a draft away; a filed return cannot be."""
    tax_return = open_draft(session, draft_reference, person_id, at)
    _log(session, tax_return, person_id, "return.discard", at)
    session.delete(tax_return)


def open_draft(session: Session, draft_reference: str, person_id: int, at: datetime) -> Return:
    """Return a draft, locked, to somebody who may change it; raises AlreadyFiled."""
    tax_return = draft_of(
        session,
        draft_reference,
        person_id=person_id,
        right=Right.PREPARE,
        on=periods.local_date(at),
        for_update=True,
    )
    tax_return.require_draft()
    return tax_return


def _log(session: Session, tax_return: Return, person_id: int, act: str, at: datetime) -> None:
    audit.record(
        session,
        actor=f"person:{person_id}",
        act=act,
        subject=f"return:{tax_return.draft_reference}",
        at=at,
    )
