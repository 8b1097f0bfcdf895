"""Prepare a month's remittance, approve it, record its transfers and the receipts for them."""

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy.orm import Session

from excise import audit, numbering, periods
from excise.db import lock
from excise.errors import Conflict, Invalid, NotAllowed
from excise.ledger.actions import Movement, post
from excise.ledger.models import Account
from excise.people.queries import require_officer
from excise.periods import TaxMonth
from excise.remittance.models import PayeeKind, Remittance, RemittanceItem, RemittanceState
from excise.remittance.queries import (
    UNPLACED,
    fund_shares,
    item_of,
    local_shares,
    remittance_of,
    standing_of,
)
from excise.tariff.queries import edition_in_force


class PreparerCannotApprove(NotAllowed):
    """Four eyes: who prepared a remittance never approves it."""

    code = "remittance-same-officer"


def prepare(session: Session, *, month: date, officer_id: int, at: datetime) -> Remittance:
    """Prepare the remittance of a month that is over; prepared already, it is that one.

    Raises Conflict `remittance-too-early`, `remittance-empty`, `remittance-unplaced` or
    `remittance-before-missing` when an earlier month of the fiscal year was not remitted:
    the caps count in order.
    """
    require_officer(session, officer_id=officer_id, permission="remittance.prepare")
    lock(session, "remittance")
    month = TaxMonth.of(month).first
    if standing := standing_of(session, month):
        return standing
    if periods.local_date(at) <= TaxMonth.of(month).last:
        raise Conflict("remittance-too-early")
    if earlier := _missing_before(session, month):
        raise Conflict("remittance-before-missing", month=earlier.isoformat())
    shares = list(_shares(session, month))
    if not shares:
        raise Conflict("remittance-empty")
    year = periods.fiscal_year_be(periods.local_date(at))
    remittance = Remittance(
        reference=f"RM-{year}-{numbering.take(session, f'remittance:{year}'):07d}",
        month=month,
        tariff_edition=str(edition_in_force(session).number),
        prepared_by=officer_id,
        prepared_at=at,
    )
    session.add(remittance)
    for position, (kind, code, amount_satang) in enumerate(shares, start=1):
        session.add(
            RemittanceItem(
                remittance=remittance,
                position=position,
                kind=kind,
                payee_code=code,
                amount_satang=amount_satang,
            )
        )
    session.flush()  # the page goes to it
    _log(session, remittance, "prepare", officer_id, at, total_satang=remittance.total_satang)
    return remittance


def _shares(session: Session, month: date) -> Iterator[tuple[PayeeKind, str, int]]:
    for fund in fund_shares(session, month):
        if fund.to_fund_satang:
            yield PayeeKind.FUND, fund.code, fund.to_fund_satang
        if fund.to_treasury_satang:
            yield PayeeKind.TREASURY, fund.code, fund.to_treasury_satang
    for local in local_shares(session, month):
        if local.code == UNPLACED:
            raise Conflict("remittance-unplaced")
        yield PayeeKind.LOCAL, local.code, local.amount_satang


def _missing_before(session: Session, month: date) -> date | None:
    """Return a month before it, in its fiscal year, that brought something and is not approved."""
    each, _ = periods.fiscal_year_days(periods.fiscal_year_be(month))
    while each < month:
        standing = standing_of(session, each)
        settled = standing is not None and standing.state is RemittanceState.APPROVED
        if not settled and any(share.collected_satang for share in fund_shares(session, each)):
            return each
        each = periods.add_months(each, 1)
    return None


def approve(session: Session, *, reference: str, officer_id: int, at: datetime) -> Remittance:
    """Let the money be transferred; approved already, nothing changes.

    Raises PreparerCannotApprove, and Conflict `remittance-changed` when the books are not
    what was prepared.
    """
    require_officer(session, officer_id=officer_id, permission="remittance.approve")
    lock(session, "remittance")
    one = remittance_of(session, reference)
    if one.state is RemittanceState.APPROVED:
        return one
    _decidable(one, officer_id)
    prepared = [(item.kind, item.payee_code, item.amount_satang) for item in one.items]
    if prepared != list(_shares(session, one.month)):
        raise Conflict("remittance-changed", reference=reference)
    one.state, one.decided_by, one.decided_at = RemittanceState.APPROVED, officer_id, at
    _log(session, one, "approve", officer_id, at)
    return one


def give_back(
    session: Session, *, reference: str, note: str, officer_id: int, at: datetime
) -> Remittance:
    """End a prepared remittance; the month may be prepared anew."""
    require_officer(session, officer_id=officer_id, permission="remittance.approve")
    lock(session, "remittance")
    one = remittance_of(session, reference)
    _decidable(one, officer_id)
    if not note.strip():
        raise Invalid("reason-missing", field="note")
    one.state, one.decided_by, one.decided_at = RemittanceState.GIVEN_BACK, officer_id, at
    one.note = note.strip()
    _log(session, one, "give-back", officer_id, at, note=one.note)
    return one


def _decidable(one: Remittance, officer_id: int) -> None:
    if one.state is not RemittanceState.PREPARED:
        raise Conflict("remittance-not-in-this-state", reference=one.reference)
    if one.prepared_by == officer_id:
        raise PreparerCannotApprove(reference=one.reference)


def record_transfer(
    session: Session,
    *,
    reference: str,
    position: int,
    bank_code: str,
    transfer_no: str,
    transferred_on: date,
    officer_id: int,
    at: datetime,
) -> RemittanceItem:
    """Record the bank's transfer to a payee; the same again changes nothing.

    Raises Conflict `remittance-not-in-this-state` or `transfer-recorded`, Invalid
    `day-in-future`.
    """
    require_officer(session, officer_id=officer_id, permission="remittance.prepare")
    lock(session, "remittance")
    item = item_of(session, reference, position)
    told = (bank_code.strip(), transfer_no.strip())
    if item.transfer_no is not None:
        if (item.bank_code, item.transfer_no) != told:
            raise Conflict("transfer-recorded", reference=reference)
        return item
    if item.remittance.state is not RemittanceState.APPROVED:
        raise Conflict("remittance-not-in-this-state", reference=reference)
    if transferred_on > periods.local_date(at):
        raise Invalid("day-in-future", field="transferred_on")
    item.bank_code, item.transfer_no = told
    item.transferred_on, item.transferred_by = transferred_on, officer_id
    local = item.kind is PayeeKind.LOCAL
    account = Account.PAYABLE_LOCAL if local else Account.PAYABLE_FUND
    post(
        session,
        [
            Movement(account, item.amount_satang, "" if local else item.payee_code),
            Movement(Account.BANK, -item.amount_satang, told[0]),
        ],
        cause=f"remittance:{reference}:{position}",
        taxpayer_id=None,
        at=at,
    )
    _log(session, item.remittance, "transfer", officer_id, at, position=position, told=told[1])
    return item


def record_answer(
    session: Session,
    *,
    reference: str,
    position: int,
    answer_no: str,
    answered_on: date,
    officer_id: int,
    at: datetime,
) -> RemittanceItem:
    """Record the payee's own receipt; the same again changes nothing.

    Raises Conflict `remittance-not-in-this-state` while nothing was transferred, or
    `answer-recorded`; Invalid `day-in-future`.
    """
    require_officer(session, officer_id=officer_id, permission="remittance.prepare")
    lock(session, "remittance")
    item = item_of(session, reference, position)
    if item.answer_no is not None:
        if item.answer_no != answer_no.strip():
            raise Conflict("answer-recorded", reference=reference)
        return item
    if item.transfer_no is None:
        raise Conflict("remittance-not-in-this-state", reference=reference)
    if answered_on > periods.local_date(at):
        raise Invalid("day-in-future", field="answered_on")
    item.answer_no, item.answered_on, item.answered_by = answer_no.strip(), answered_on, officer_id
    _log(session, item.remittance, "answer", officer_id, at, position=position, told=item.answer_no)
    return item


def _log(
    session: Session, one: Remittance, act: str, officer_id: int, at: datetime, **facts: object
) -> None:
    audit.record(
        session,
        actor=f"officer:{officer_id}",
        act=f"remittance.{act}",
        subject=f"remittance:{one.reference}",
        at=at,
        month=one.month.isoformat(),
        **facts,
    )
