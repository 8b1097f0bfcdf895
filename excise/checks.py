"""What must be true at any moment; each check says what is wrong, or None."""

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit, numbering, work
from excise.agencies.models import Message
from excise.assessments.models import Assessment
from excise.config import Settings
from excise.db import Database
from excise.documents.models import Document
from excise.documents.store import Store
from excise.errors import ExciseError
from excise.evidence.models import Delivery
from excise.ledger.models import Account, Entry
from excise.ledger.queries import balance, trial_balance, unbalanced_entries
from excise.payments.models import Bill, Payment, PaymentState
from excise.receipts import queries as receipts
from excise.receipts.models import Receipt


def ledger_balanced(session: Session) -> str | None:
    """Every entry adds up to zero, and so does the whole journal."""
    if causes := unbalanced_entries(session):
        return f"{len(causes)} entries do not balance, the first is {causes[0]}"
    total = sum(trial_balance(session).values())
    return f"the journal is out by {total} satang" if total else None


def money_matches(session: Session) -> str | None:
    """The bank account is what banks reported; what found no bill is in 'unallocated'."""
    reported, stray = _sums_of_payments(session)
    if (bank := balance(session, Account.BANK)) != reported:
        return f"banks reported {reported} satang, the journal has {bank}"
    if (waiting := -balance(session, Account.UNALLOCATED)) != stray:
        return f"{stray} satang found no bill, the journal has {waiting}"
    return None


def notices_complete(session: Session) -> str | None:
    """Every number of a notice was given to an assessment, and each is charged and billed once."""
    taken = sum(numbering.taken(session, "notice:").values())
    causes = {
        f"assessment:{number}"
        for number in session.scalars(
            sa.select(Assessment.number).where(Assessment.number.is_not(None))
        )
    }
    if taken != len(causes):
        return f"{taken} numbers were taken, {len(causes)} assessments have one"
    for kind, column in (("charged", Entry.cause), ("billed", Bill.cause)):
        known = set(session.scalars(sa.select(column).where(column.startswith("assessment:"))))
        if wrong := known ^ causes:
            return f"{min(wrong)} is not {kind} as it was approved"
    return None


def _sums_of_payments(session: Session) -> tuple[int, int]:
    def total(*conditions: sa.ColumnElement[bool]) -> int:
        query = sa.select(sa.func.coalesce(sa.func.sum(Payment.amount_satang), 0))
        return int(session.execute(query.where(*conditions)).scalar_one())

    return total(), total(Payment.state == PaymentState.UNALLOCATED)


def receipts_complete(session: Session) -> str | None:
    """Every bill that is paid has its receipt, for the same money; the register is whole."""
    if fault := receipts.first_fault(session):
        return fault
    paid = sa.select(sa.func.coalesce(sa.func.sum(Payment.amount_satang), 0)).where(
        Payment.state == PaymentState.ALLOCATED
    )
    issued = sa.select(sa.func.coalesce(sa.func.sum(Receipt.amount_satang), 0))
    difference = int(session.execute(paid).scalar_one()) - int(session.execute(issued).scalar_one())
    if difference:
        return f"receipts and payments differ by {difference} satang"
    unpaid = sa.select(sa.func.count(Bill.id)).where(~Bill.payments.any())
    total = int(session.execute(sa.select(sa.func.count(Bill.id))).scalar_one())
    main = int(
        session.execute(
            sa.select(sa.func.count(Receipt.id)).where(Receipt.main_id.is_(None))
        ).scalar_one()
    )
    settled = total - int(session.execute(unpaid).scalar_one())
    return None if settled == main else f"{settled} bills are paid, {main} receipts stand"


def _kept(*names: sa.Select[str, str]) -> Callable[[Settings, Database], str | None]:
    """Return the check that the store still holds, byte for byte, what rows name by SHA-256."""

    def find(settings: Settings, database: Database) -> str | None:
        store = Store(settings.documents)
        with database.reading() as session:
            for name, sha256 in session.execute(sa.union_all(*names)):
                try:
                    store.get(sha256)
                except ExciseError as error:
                    return f"{name}: {error.reason}"
        return None

    return find


def _work_done(_settings: Settings, database: Database) -> str | None:
    failed = work.failed(database)
    return f"{len(failed)} workflows gave up, the first is {failed[0]}" if failed else None


def _in_session(
    find: Callable[[Session], str | None],
) -> Callable[[Settings, Database], str | None]:
    def run(_settings: Settings, database: Database) -> str | None:
        with database.reading() as session:
            return find(session)

    return run


CHECKS: dict[str, Callable[[Settings, Database], str | None]] = {
    "ledger balanced": _in_session(ledger_balanced),
    "money matches the banks": _in_session(money_matches),
    "receipts gapless and complete": _in_session(receipts_complete),
    "assessments numbered, charged and billed": _in_session(notices_complete),
    "audit chain intact": _in_session(audit.first_fault),
    "documents intact": _kept(sa.select(Document.number, Document.sha256)),
    "deliveries intact": _kept(
        sa.select(Delivery.receipt_no, Delivery.content_sha256),
        sa.select(Delivery.receipt_no, Delivery.rows_sha256),
    ),
    "messages intact": _kept(sa.select(Message.server_message_id, Message.request_sha256)),
    "durable work done or pending": _work_done,
}
