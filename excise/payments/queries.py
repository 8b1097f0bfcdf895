"""Questions about bills, and the register of what was issued for their payments."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, load_only, selectinload

from excise.db import STREAMED
from excise.errors import NotFound
from excise.payments.models import (
    Bill,
    Payment,
    PaymentState,
    Refund,
    Resolution,
    ResolutionState,
)
from excise.people.queries import require_right
from excise.people.rules import Right
from excise.receipts.models import Receipt
from excise.receipts.queries import receipt
from excise.taxpayers.queries import Reach


def bill_for(session: Session, ref1: str, *, person_id: int, on: date) -> Bill:
    """Return a bill to somebody who may see it; NotFound when it is not theirs."""
    bill = session.scalar(sa.select(Bill).where(Bill.ref1 == ref1))
    if bill is None:
        raise NotFound(what="bill", id=ref1)
    _require_view(session, bill, person_id=person_id, on=on)
    return bill


def _require_view(session: Session, bill: Bill, *, person_id: int, on: date) -> None:
    require_right(
        session,
        person_id=person_id,
        taxpayer_id=bill.taxpayer_id,
        duty_groups=bill.registration.duty_groups if bill.registration else None,
        right=Right.VIEW,
        on=on,
    )


def receipt_for(session: Session, number: str, *, person_id: int, on: date) -> Receipt:
    """Return a tax receipt to somebody who may see its bill; NotFound when it is not theirs."""
    found = receipt(session, number)
    bill = session.scalars(sa.select(Bill).join(Payment).where(Payment.id == found.payment_id))
    _require_view(session, bill.one(), person_id=person_id, on=on)
    return found


def is_void(session: Session, receipt: Receipt) -> bool:
    """Tell whether the bank took the payment of a receipt back; the receipt is kept."""
    return session.get_one(Payment, receipt.payment_id).state is PaymentState.REVERSED


def receipts_within(reach: Reach) -> sa.Select[Receipt]:
    """Return the query of the tax receipts in a reach, newest first."""
    of_places = (
        sa.select(Payment.id).join(Bill).where(Bill.registration_id.in_(reach.registration_ids))
    )
    whole = Receipt.taxpayer_id.in_(reach.taxpayer_ids)
    within = sa.or_(whole, Receipt.payment_id.in_(of_places)) if reach.registration_ids else whole
    return (
        sa.select(Receipt)
        .where(within, Receipt.main_id.is_(None))
        .order_by(Receipt.issued_at.desc(), Receipt.id.desc())
    )


def payment_of(session: Session, bank_code: str, transaction_id: str) -> Payment:
    """Return what a bank told us under its number; raises NotFound."""
    found = session.scalar(
        sa.select(Payment).where(
            Payment.bank_code == bank_code, Payment.transaction_id == transaction_id
        )
    )
    if found is None:
        raise NotFound(what="payment", id=transaction_id)
    return found


@dataclass(frozen=True)
class FileCounts:
    """How many payments of a bank's file were new, and how many of those found no bill."""

    new: int = 0
    unallocated: int = 0


def counts_of_files(session: Session, file_ids: Collection[int]) -> dict[int, FileCounts]:
    """Count the payments of banks' files, by the id of the file."""
    stray = sa.case((Payment.state == PaymentState.UNALLOCATED, 1), else_=0)
    rows = session.execute(
        sa.select(Payment.bank_file_id, sa.func.count(), sa.func.sum(stray))
        .where(Payment.bank_file_id.in_(file_ids))
        .group_by(Payment.bank_file_id)
    )
    counted = {file_id: FileCounts(int(new), int(missed)) for file_id, new, missed in rows}
    return {file_id: counted.get(file_id, FileCounts()) for file_id in file_ids}


def payments_of_file(file_id: int) -> sa.Select[Payment]:
    """Return the query of the new payments of a bank's file, in its order."""
    return sa.select(Payment).where(Payment.bank_file_id == file_id).order_by(Payment.id)


def bills_of_returns(session: Session, references: Collection[str]) -> list[Bill]:
    """Return the bills of filed returns, with their payments, the first made first."""
    causes = [f"return:{reference}" for reference in references]
    loaded = selectinload(Bill.payments), selectinload(Bill.allocations)
    query = sa.select(Bill).where(Bill.cause.in_(causes)).options(*loaded)
    return list(session.scalars(query.order_by(Bill.id)))


def bill_of_return(session: Session, reference: str) -> Bill | None:
    """Return the bill of a filed return, or None when nothing was to pay."""
    return session.scalar(sa.select(Bill).where(Bill.cause == f"return:{reference}"))


def unpaid_bills(session: Session, reach: Reach, *, limit: int) -> list[Bill]:
    """Return what is not paid of the returns in a reach, what is due first standing first."""
    query = (
        sa.select(Bill)
        .where(
            reach.holds(Bill.taxpayer_id, Bill.registration_id),
            ~Bill.cause.startswith("assessment:"),  # its notice says more than its bill
            Bill.settled_at.is_(None),
            Bill.withdrawn_at.is_(None),
        )
        .order_by(Bill.due_on, Bill.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def bills_within(reach: Reach) -> sa.Select[Bill]:
    """Return the query of the bills in a reach, newest first, with their payments."""
    return (
        sa.select(Bill)
        .where(reach.holds(Bill.taxpayer_id, Bill.registration_id))
        .options(selectinload(Bill.payments), selectinload(Bill.allocations))
        .order_by(Bill.issued_at.desc(), Bill.id.desc())
    )


@dataclass(frozen=True)
class Issued:
    """A receipt as it stands in the register; `cause` names the payment behind it."""

    number: str
    series: str
    cause: str
    satang: int
    state: str = "issued"


def issued_receipts(session: Session, *, since: datetime, before: datetime) -> Iterator[Issued]:
    """Yield the receipts of a time, by their numbers, each fund's in a series of its own.

    Memory does not grow with them.
    """
    query = (
        sa.select(Receipt, Payment.bank_code, Payment.transaction_id)
        .join(Payment, Payment.id == Receipt.payment_id)
        .where(Receipt.issued_at >= since, Receipt.issued_at < before)
        .order_by(Receipt.series, Receipt.sequence)
        .options(load_only(Receipt.number, Receipt.series, Receipt.amount_satang))
    )
    with session.execute(query, execution_options=STREAMED) as rows:
        for one, bank, transaction in rows:
            cause = f"payment:{bank}:{transaction}"
            yield Issued(one.number, one.series, cause, one.amount_satang)


def waiting_like(session: Session, payment: Payment, bill: Bill | None) -> list[Payment]:
    """Return other money that waits under the reference of a payment or of a bill."""
    refs = {payment.ref1, bill.ref1 if bill else ""} - {""}
    query = (
        sa.select(Payment)
        .where(
            Payment.state == PaymentState.UNALLOCATED,
            Payment.ref1.in_(refs),
            Payment.id != payment.id,
        )
        .order_by(Payment.paid_at, Payment.id)
        .limit(20)
    )
    return list(session.scalars(query))


def bills_of_amount(session: Session, amount_satang: int, *, limit: int) -> list[Bill]:
    """Return unpaid bills of exactly this amount, what is due first standing first."""
    query = (
        sa.select(Bill)
        .where(
            Bill.amount_satang == amount_satang,
            Bill.settled_at.is_(None),
            Bill.withdrawn_at.is_(None),
        )
        .order_by(Bill.due_on, Bill.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def waiting_for(session: Session, bill: Bill) -> list[Payment]:
    """Return money that came with the reference of a bill and does not pay it."""
    query = (
        sa.select(Payment)
        .where(Payment.state == PaymentState.UNALLOCATED, Payment.ref1 == bill.ref1)
        .order_by(Payment.paid_at, Payment.id)
    )
    return list(session.scalars(query))


def resolutions(states: Collection[ResolutionState]) -> sa.Select[Resolution]:
    """Return the query of resolutions in some states, the latest first."""
    return (
        sa.select(Resolution)
        .where(Resolution.state.in_(states))
        .options(
            selectinload(Resolution.payments),
            selectinload(Resolution.bill),
            selectinload(Resolution.refund),
        )
        .order_by(Resolution.proposed_at.desc(), Resolution.id.desc())
    )


def refunds_due() -> sa.Select[Resolution]:
    """Return the query of resolutions whose refund is still to be paid, the oldest first."""
    due = resolutions([ResolutionState.APPROVED]).join(Refund).where(Refund.transfer_no.is_(None))
    return due.order_by(None).order_by(Refund.due_at, Refund.id)
