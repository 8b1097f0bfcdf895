"""The act of filing: once, with its charge, its bill and its original kept."""

import hashlib
from datetime import date, datetime
from typing import Any

import rfc8785
from sqlalchemy.orm import Session

from excise import audit, mail, numbering, periods, work
from excise.documents.models import Original
from excise.errors import Conflict
from excise.people.models import Person
from excise.people.rules import Right
from excise.returns.amending import change_by
from excise.returns.billing import bill, filing_facts, settle_change
from excise.returns.changes import Change
from excise.returns.charging import charge
from excise.returns.lines import value_satang
from excise.returns.models import DeclaredLine, Return, ReturnState
from excise.returns.queries import draft_of, work_out_draft
from excise.returns.rules import ReturnTax
from excise.returns.sheet import content_of
from excise.tariff.schema import Tariff

FILED = "return.file"


class FiguresChanged(Conflict):
    """What is due is no longer what was agreed to: midnight passed, or a line changed."""

    code = "figures-changed"


class NotReady(Conflict):
    """The lines are not finished, so there is nothing to agree to yet."""

    code = "return-not-ready"


class MonthNotOver(Conflict):
    """A month is sent once, so not before it has ended."""

    code = "month-not-over"


def file_return(
    session: Session,
    *,
    tariff: Tariff,
    draft_reference: str,
    person_id: int,
    agreed_satang: int,
    origin: str,
    at: datetime,
) -> Return:
    """File a draft: number it, charge it, bill it, keep the original.

    However often it is asked (double click, back button, lost reply, second
    tab), the first filing is the answer. `agreed_satang` is the total the
    person saw. Raises FiguresChanged when it is not the total now, NotReady
    before the lines are finished, MonthNotOver before the month has ended.
    """
    today = periods.local_date(at)
    tax_return = draft_of(
        session,
        draft_reference,
        person_id=person_id,
        right=Right.SUBMIT,
        on=today,
        for_update=True,
    )
    if tax_return.state is ReturnState.FILED:
        return tax_return
    tax, change = _agreed(session, tariff, tax_return, agreed_satang, today)
    reference = _take_reference(session, tax_return, today)
    content = _original(tax_return, tax, change, reference=reference, person_id=person_id, at=at)
    original = _keep_original(session, content, origin, at=at)
    _declare(session, tax_return, tax)
    filing = filing_facts(tax_return, reference, original, at=at)
    if change is not None:
        settle_change(session, tariff, tax_return, tax, change, filing, at=at)
    elif tax.total_satang:
        charge(
            session,
            tariff,
            tax,
            registration=tax_return.registration,
            cause=f"return:{reference}",
            at=at,
        )
        bill(session, tariff, tax_return, tax, filing, at=at)
    tax_return.file(
        reference=reference,
        original_sha256=original,
        total_satang=tax.total_satang if change is None else change.total_satang,
        person_id=person_id,
        at=at,
    )
    _acknowledge(session, tax_return, person_id, at=at)
    _ask_for_comparison(session, tax_return, at=at)
    return tax_return


def _agreed(
    session: Session, tariff: Tariff, tax_return: Return, agreed_satang: int, today: date
) -> tuple[ReturnTax, Change | None]:
    """Return the tax and, of an amendment, what it changes; raise when that was not agreed to."""
    reference = tax_return.draft_reference
    if not tax_return.lines_done:
        raise NotReady(reference=reference)
    if not tax_return.is_over(on=today):
        raise MonthNotOver(reference=reference)
    tax = work_out_draft(tariff, tax_return, on=today)
    change, total_satang = None, tax.total_satang
    if tax_return.amends_id is not None:
        change = change_by(session, tariff, tax_return, tax, on=today)
        total_satang = change.total_satang
    if total_satang != agreed_satang:
        raise FiguresChanged(reference=reference, total_satang=total_satang)
    return tax, change


def _take_reference(session: Session, tax_return: Return, today: date) -> str:
    year = periods.fiscal_year_be(today)
    series = f"return:{tax_return.form}:{year}"
    return f"PS{tax_return.form.value}-{year}-{numbering.take(session, series):07d}"


def _keep_original(session: Session, content: bytes, origin: str, *, at: datetime) -> str:
    digest = hashlib.sha256(content).hexdigest()
    session.add(Original(sha256=digest, content=content.decode(), kept_at=at, origin=origin))
    session.flush()  # the return points at it
    return digest


def _original(
    tax_return: Return,
    tax: ReturnTax,
    change: Change | None,
    *,
    reference: str,
    person_id: int,
    at: datetime,
) -> bytes:
    registration = tax_return.registration
    content: dict[str, Any] = {
        "reference": reference,
        "form": tax_return.form.value,
        "basis": tax_return.basis.value,
        "period": tax_return.period.isoformat(),
        "removal_on": tax_return.removal_on.isoformat() if tax_return.removal_on else None,
        "due_on": tax_return.due_on.isoformat(),
        "version": tax_return.version,
        "registration_number": registration.number,
        "tax_id": registration.taxpayer.tax_id,
        "filed_at": at.isoformat(),
        "filed_by": f"person:{person_id}",
        **content_of(tax_return.lines, tax),
    }
    if tax_return.file_sha256 is not None:
        content["file_sha256"] = tax_return.file_sha256
    if change is not None:
        content["change"] = change.to_json()
    return rfc8785.dumps(content)


def _declare(session: Session, tax_return: Return, tax: ReturnTax) -> None:
    """Write each line's figures down where a whole month of everybody can be added up."""
    for line, worked in zip(tax_return.lines, tax.lines, strict=True):
        session.add(
            DeclaredLine(
                return_id=tax_return.id,
                position=line.position,
                registration_id=tax_return.registration_id,
                period=tax_return.period,
                product_id=line.product_id,
                tax_point_on=line.tax_point_on,
                units=line.units,
                value_satang=value_satang(line, worked),
                excise_satang=worked.excise_satang,
            )
        )


def _ask_for_comparison(session: Session, tax_return: Return, *, at: datetime) -> None:
    """Let the worker hold the month of this taxpayer beside what others told us."""
    period, tax_id = tax_return.period.isoformat(), tax_return.registration.taxpayer.tax_id
    asked = (period, tax_id, f"return:{tax_return.reference}", at.isoformat())
    key, later = f"{period}:{tax_id}", work.Priority.LATER
    work.enqueue_together(session, "matching.run", key, *asked, priority=later)


def _acknowledge(session: Session, tax_return: Return, person_id: int, *, at: datetime) -> None:
    assert tax_return.reference
    assert tax_return.original_sha256
    person = session.get_one(Person, person_id)
    mail.tell(
        session,
        to=person.email,
        template="return_filed",
        key=f"return-filed:{tax_return.reference}",
        facts={"reference": tax_return.reference, "sha256": tax_return.original_sha256},
        at=at,
    )
    audit.record(
        session,
        actor=f"person:{person_id}",
        act=FILED,
        subject=f"return:{tax_return.reference}",
        at=at,
        draft=tax_return.draft_reference,
        sha256=tax_return.original_sha256,
        total_satang=tax_return.total_satang,
    )
