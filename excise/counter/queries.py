"""Questions about counters."""

import re
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from excise import numbering
from excise.counter.models import UNFINISHED, Deposit, Shift, Taking
from excise.documents.models import Document
from excise.errors import NotFound
from excise.offices.queries import codes_under
from excise.payments.codes import parse_promptpay
from excise.payments.models import Bill
from excise.people.models import Officer
from excise.receipts.models import Receipt

CODE = re.compile(r"\|[0-9]{15}\s([A-Z0-9]{1,20})\s[A-Z0-9]{1,20}\s[0-9]{1,12}")


def reference_in(text: str) -> str:
    r"""Return reference 1 of what was typed or scanned: the QR, the barcode, or the number.

    A scanner may give the barcode's carriage returns as any space. Raises Invalid when a QR
    was altered.
    >>> reference_in("|099400016010101\r2569111500001234\r030725691100\r1639000")
    '2569111500001234'
    >>> reference_in(" 2569-1115 00001234 ")
    '2569111500001234'
    """
    text = text.strip()
    if found := CODE.fullmatch(text):
        return found[1]
    if text.startswith("000201"):
        return parse_promptpay(text).ref1
    return re.sub(r"[\s-]", "", text).upper()


def bill_under(session: Session, ref1: str) -> Bill | None:
    """Return the bill with a reference."""
    return session.scalar(sa.select(Bill).where(Bill.ref1 == ref1))


def shift_of(session: Session, reference: str, *, officer_id: int) -> Shift:
    """Return a session to its cashier and to who works above its office; raises NotFound."""
    found = session.scalar(
        sa.select(Shift)
        .where(Shift.reference == reference)
        .options(selectinload(Shift.takings).joinedload(Taking.payment))
        .execution_options(populate_existing=True)
    )
    officer = session.get_one(Officer, officer_id)
    if found is None or not (
        found.cashier_id == officer_id
        or found.office_code in codes_under(session, officer.office_code)
    ):
        raise NotFound(what="shift", id=reference)
    return found


def standing_of(session: Session, cashier_id: int) -> Shift | None:
    """Return the session of a cashier that is not approved yet."""
    return session.scalar(sa.select(Shift).where(Shift.cashier_id == cashier_id, UNFINISHED))


def shifts(office_codes: Collection[str]) -> sa.Select[Shift]:
    """Return the query of the sessions of offices, the latest first."""
    return sa.select(Shift).where(Shift.office_code.in_(office_codes)).order_by(Shift.id.desc())


def taking_of(session: Session, submission_id: str) -> Taking | None:
    """Return what was taken under a submission."""
    return session.scalar(sa.select(Taking).where(Taking.submission_id == submission_id))


def deposits_due() -> sa.Select[Deposit]:
    """Return the query of the deposits that no bank has told of, the oldest first."""
    return sa.select(Deposit).where(Deposit.payment_id.is_(None)).order_by(Deposit.id)


def unfinished(session: Session, *, before: datetime) -> tuple[int, int]:
    """Count sessions opened before a moment and not approved, and deposits no bank told of."""
    open_ = sa.select(sa.func.count(Shift.id)).where(Shift.opened_at < before, UNFINISHED)
    due = (
        sa.select(sa.func.count(Deposit.id))
        .join(Shift)
        .where(Deposit.payment_id.is_(None), Shift.opened_at < before)
    )
    return int(session.scalar(open_) or 0), int(session.scalar(due) or 0)


def taking_under(session: Session, receipt_no: str) -> Taking:
    """Return what was taken for a receipt; raises NotFound when no counter took it."""
    found = session.scalar(
        sa.select(Taking)
        .join(Receipt, Receipt.payment_id == Taking.payment_id)
        .where(Receipt.number == receipt_no, Receipt.main_id.is_(None))
    )
    if found is None:
        raise NotFound(what="receipt", id=receipt_no)
    return found


def deposit_of(session: Session, reference: str) -> Deposit:
    """Return a deposit; raises NotFound."""
    found = session.scalar(sa.select(Deposit).where(Deposit.reference == reference))
    if found is None:
        raise NotFound(what="deposit", id=reference)
    return found


def copies_of(session: Session, receipt_no: str) -> dict[int, Document | None]:
    """Return every copy that was asked for of a receipt, with its document once it is made."""
    asked = numbering.last(session, f"copy:{receipt_no}")
    made = sa.select(Document).where(Document.number.startswith(f"{receipt_no}-C"))
    known = {document.number: document for document in session.scalars(made)}
    return {copy: known.get(f"{receipt_no}-C{copy:02d}") for copy in range(1, asked + 1)}
