"""Questions about bills."""

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from excise.errors import NotFound
from excise.payments.models import Bill, Payment
from excise.people.queries import require_right
from excise.people.rules import Right


def bill_for(session: Session, ref1: str, *, person_id: int, on: date) -> Bill:
    """Return a bill to somebody who may see it; NotFound when it is not theirs."""
    bill = session.scalar(sa.select(Bill).where(Bill.ref1 == ref1))
    if bill is None:
        raise NotFound(what="bill", id=ref1)
    require_right(
        session, person_id=person_id, taxpayer_id=bill.taxpayer_id, right=Right.VIEW, on=on
    )
    return bill


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


def bill_of_return(session: Session, reference: str) -> Bill | None:
    """Return the bill of a filed return, or None when nothing was to pay."""
    return session.scalar(sa.select(Bill).where(Bill.cause == f"return:{reference}"))


def unpaid_bills(session: Session, taxpayer_ids: Iterable[int]) -> list[Bill]:
    """Return what taxpayers have not paid, what is due first standing first."""
    query = (
        sa.select(Bill)
        .where(Bill.taxpayer_id.in_(list(taxpayer_ids)), ~Bill.payments.any())
        .order_by(Bill.due_on, Bill.id)
    )
    return list(session.scalars(query))


def bills_of(session: Session, taxpayer_ids: Iterable[int], *, limit: int) -> list[Bill]:
    """Return the bills of taxpayers, newest first, with their payments."""
    query = (
        sa.select(Bill)
        .where(Bill.taxpayer_id.in_(list(taxpayer_ids)))
        .options(selectinload(Bill.payments))
        .order_by(Bill.issued_at.desc(), Bill.id.desc())
        .limit(limit)
    )
    return list(session.scalars(query))
