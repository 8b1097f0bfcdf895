"""What must be true at any moment; each check says what is wrong, or None."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from excise import audit, numbering, work
from excise.agencies.models import Message
from excise.assessments.models import Assessment
from excise.audit import AuditEntry
from excise.claims import queries as claims
from excise.claims.models import ClaimFile
from excise.closing.queries import Period, figures
from excise.config import Settings
from excise.counter.actions import COUNTER
from excise.counter.models import Shift
from excise.db import STREAMED, Database
from excise.documents.closing import ClosingFacts
from excise.documents.facts import facts_hash
from excise.documents.issue import REGISTERED
from excise.documents.models import Document, Original
from excise.documents.store import Store
from excise.errors import ExciseError
from excise.evidence.models import Delivery
from excise.ledger.models import HOLDS, Account, Closing, Entry, Posting
from excise.ledger.queries import balance, trial_balance, unbalanced_entries
from excise.payments.models import (
    CREDIT,
    Allocation,
    BankFile,
    Bill,
    Payment,
    PaymentState,
    Refund,
)
from excise.payments.owing import left_of
from excise.receipts import queries as receipts
from excise.receipts.models import Receipt
from excise.remittance.models import RemittanceItem
from excise.returns.filing import FILED
from excise.returns.models import Return, ReturnState
from excise.tariff.models import Edition, EditionState
from excise.uploads.models import Upload


def ledger_balanced(session: Session) -> str | None:
    """Every entry adds up to zero, and so does the whole journal."""
    if causes := unbalanced_entries(session):
        return f"{len(causes)} entries do not balance, the first is {causes[0]}"
    total = sum(trial_balance(session).values())
    return f"the journal is out by {total} satang" if total else None


def money_matches(session: Session) -> str | None:
    """The journal has what banks reported less what was paid back, what found no bill, and owes."""
    reported, stray = _sums_of_payments(session)
    paid, due = _sums_of_refunds(session)
    paid += _handed_on(session)
    paid, due = paid + claims.claims_paid(session), due + claims.claims_due(session)
    if (bank := balance(session, Account.BANK)) != reported - paid:
        return f"banks reported {reported} satang, {paid} were paid out, the journal has {bank}"
    if (waiting := -balance(session, Account.UNALLOCATED)) != stray:
        return f"{stray} satang found no bill, the journal has {waiting}"
    if (owed := -balance(session, Account.PAYABLE_REFUND)) != due:
        return f"{due} satang are to be paid back, the journal has {owed}"
    return None


def counters_match(session: Session) -> str | None:
    """The journal has in each drawer what was taken, short or over, and has not reached a bank."""
    query = (
        sa.select(Posting.part, sa.func.sum(Posting.amount_satang))
        .where(Posting.account == Account.CASH)
        .group_by(Posting.part)
    )
    booked = {drawer: int(total) for drawer, total in session.execute(query) if total}
    held = {}
    for counter in session.scalars(sa.select(Shift).order_by(Shift.id)):
        if in_drawer := counter.held_satang:
            held[f"{counter.office_code}:{counter.reference}"] = in_drawer
    if wrong := booked.items() ^ held.items():
        drawer = min(wrong)[0]
        return (
            f"{drawer} holds {held.get(drawer, 0)} satang, the journal has {booked.get(drawer, 0)}"
        )
    return None


def _handed_on(session: Session) -> int:
    query = sa.select(sa.func.coalesce(sa.func.sum(RemittanceItem.amount_satang), 0))
    return int(session.execute(query.where(RemittanceItem.transfer_no.is_not(None))).scalar_one())


def remittances_match(session: Session) -> str | None:
    """The journal has every transfer of a remittance once, for its amount, and no other."""
    query = (
        sa.select(Entry.cause, -sa.func.sum(Posting.amount_satang))
        .join(Posting)
        .where(Entry.cause.startswith("remittance:"), Posting.account == Account.BANK)
        .group_by(Entry.cause)
    )
    booked = {cause: int(total) for cause, total in session.execute(query)}
    items = sa.select(RemittanceItem).where(RemittanceItem.transfer_no.is_not(None))
    told = {
        f"remittance:{item.remittance.reference}:{item.position}": item.amount_satang
        for item in session.scalars(items)
    }
    wrong = booked.items() ^ told.items()
    return f"{min(wrong)[0]} is not in the journal as it was transferred" if wrong else None


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

    at_bank = ~Payment.bank_code.startswith(COUNTER) & (Payment.bank_code != CREDIT)
    kept = Payment.state != PaymentState.REVERSED
    return total(at_bank, kept), total(Payment.state == PaymentState.UNALLOCATED)


def _sums_of_refunds(session: Session) -> tuple[int, int]:
    query = sa.select(sa.func.coalesce(sa.func.sum(Refund.amount_satang), 0))
    paid = session.execute(query.where(Refund.transfer_no.is_not(None))).scalar_one()
    return int(paid), int(session.execute(query).scalar_one()) - int(paid)


def receipts_complete(session: Session) -> str | None:
    """Whatever paid a bill has its receipt, for the same money; the register is whole."""
    if fault := receipts.first_fault(session):
        return fault
    payments = sa.select(Receipt.payment_id, sa.func.sum(Receipt.amount_satang)).group_by(
        Receipt.payment_id
    )
    issued = {payment: int(satang) for payment, satang in session.execute(payments)}
    paid = _paid_by(session)
    if wrong := {each for each in issued.keys() | paid if issued.get(each) != paid.get(each)}:
        one = min(wrong)
        return f"payment {one} paid {paid.get(one, 0)} satang, its receipt is of {issued.get(one)}"
    return None


def _paid_by(session: Session) -> dict[int, int]:
    """Return what payments paid of bills: as allocated, and whole bills that they paid at once."""
    parts = sa.select(Allocation.payment_id, Allocation.amount_satang).where(
        Allocation.payment_id.is_not(None)
    )
    divided = {payment: satang for payment, satang in session.execute(parts) if payment}
    whole = (
        sa.select(Receipt.payment_id, Bill.amount_satang)
        .join(Payment, Payment.id == Receipt.payment_id)
        .join(Bill, Bill.id == Payment.bill_id)
        .where(Receipt.main_id.is_(None), Receipt.payment_id.not_in(divided))
    )
    return divided | {payment: satang for payment, satang in session.execute(whole)}


def debts_agree(session: Session) -> str | None:
    """What the journal has of each taxpayer's debt is what their bills still ask for."""
    charged = sa.select(Posting.taxpayer_id, sa.func.sum(Posting.amount_satang)).where(
        Posting.account == Account.RECEIVABLE
    )
    journal = Counter[int]()
    for taxpayer, satang in session.execute(charged.group_by(Posting.taxpayer_id)):
        journal[taxpayer or 0] += int(satang)
    asked = Counter[int]()
    waiting = sa.select(Bill).where(Bill.settled_at.is_(None), Bill.withdrawn_at.is_(None))
    for bill in session.scalars(waiting.options(selectinload(Bill.allocations))):
        asked[bill.taxpayer_id] += sum(left_of(bill).values())
    for taxpayer in sorted(journal.keys() | asked.keys()):
        if journal[taxpayer] != asked[taxpayer]:
            return (
                f"bills of taxpayer {taxpayer} ask for {asked[taxpayer]} satang,"
                f" the journal has {journal[taxpayer]}"
            )
    return None


def credit_not_below_zero(session: Session) -> str | None:
    """Nobody has used more credit than there was."""
    query = (
        sa.select(Posting.taxpayer_id)
        .where(Posting.account == Account.PAYABLE_CREDIT)
        .group_by(Posting.taxpayer_id)
        .having(sa.func.sum(Posting.amount_satang) > 0)
    )
    overdrawn = session.scalars(query).all()
    return f"taxpayer {overdrawn[0]} used more credit than there was" if overdrawn else None


def documents_registered(session: Session) -> str | None:
    """The audit log tells of every document as it is, and of none that is not there."""
    kept = sa.select(
        Document.number,
        sa.literal("document:") + Document.number,
        Document.kind,
        Document.sha256,
        Document.size_bytes,
    )
    return _told(session, kept, act=REGISTERED, facts=("kind", "sha256", "size_bytes"))


def returns_recorded(session: Session) -> str | None:
    """The audit log tells of every filed return, with the original that is kept byte for byte."""
    originals = sa.select(Original.sha256, Original.content)
    with session.execute(originals, execution_options=STREAMED) as rows:
        for sha256, content in rows:
            if hashlib.sha256(content.encode()).hexdigest() != sha256:
                return f"the original {sha256} was changed"
    kept = (
        sa.select(
            Return.reference,
            sa.literal("return:") + Return.reference,
            Original.sha256,
            Return.total_satang,
        )
        .outerjoin(Original, Original.sha256 == Return.original_sha256)
        .where(Return.state == ReturnState.FILED)
    )
    return _told(session, kept, act=FILED, facts=("sha256", "total_satang"))


def editions_intact(session: Session) -> str | None:
    """Every edition of the tariff says what its digest says, and one of them is in force."""
    texts = sa.select(Edition.number, Edition.text, Edition.digest)
    with session.execute(texts, execution_options=STREAMED) as rows:
        for number, text, digest in rows:
            if hashlib.sha256(text.encode()).hexdigest() != digest:
                return f"the text of edition {number} was changed"
    query = sa.select(sa.func.count()).where(Edition.state == EditionState.PUBLISHED)
    in_force = int(session.execute(query).scalar_one())
    return None if in_force == 1 else f"{in_force} editions are in force"


def closings_intact(session: Session) -> str | None:
    """Every closed period still comes to what its certificate says."""
    held = sa.select(Closing).where(Closing.state.in_(HOLDS)).order_by(Closing.id)
    for one in session.scalars(held):
        told = ClosingFacts.model_validate_json(one.facts)
        period = Period(one.kind, one.first, one.last)
        now = figures(session, period, reference=one.reference)
        same = now.model_copy(update={"previous": told.previous})
        if not facts_hash(same) == one.digest == hashlib.sha256(one.facts.encode()).hexdigest():
            return f"closing {one.reference} is not what was certified"
    return None


def _told(
    session: Session, kept: sa.Select[*tuple[Any, ...]], *, act: str, facts: tuple[str, ...]
) -> str | None:
    """Compare rows of (name, subject, *facts) with what the audit log says of the subjects."""
    rows = kept.subquery()
    _, subject, *_ = rows.c
    told = sa.and_(AuditEntry.subject == subject, AuditEntry.act == act)
    query, total = sa.select(rows, AuditEntry.body).outerjoin(AuditEntry, told), 0
    with session.execute(query, execution_options=STREAMED) as found:
        for name, _, *values, body in found:
            total += 1
            said = json.loads(body)["facts"] if body else {}
            if [said.get(fact) for fact in facts] != values:
                return f"{name} is not as the audit log has it"
    entries = sa.select(sa.func.count()).where(AuditEntry.act == act)
    if (logged := int(session.execute(entries).scalar_one())) != total:
        return f"the audit log tells of {logged}, {total} are there"
    return None


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
    "money matches the counters": _in_session(counters_match),
    "remittances in the journal": _in_session(remittances_match),
    "receipts gapless and complete": _in_session(receipts_complete),
    "debts agree with bills": _in_session(debts_agree),
    "credit not below zero": _in_session(credit_not_below_zero),
    "assessments numbered, charged and billed": _in_session(notices_complete),
    "claims use up what was paid, once": _in_session(claims.first_fault),
    "closed periods unchanged": _in_session(closings_intact),
    "audit chain intact": _in_session(audit.first_fault),
    "editions intact": _in_session(editions_intact),
    "returns recorded": _in_session(returns_recorded),
    "documents registered": _in_session(documents_registered),
    "documents intact": _kept(sa.select(Document.number, Document.sha256)),
    "deliveries intact": _kept(
        sa.select(Delivery.receipt_no, Delivery.content_sha256),
        sa.select(Delivery.receipt_no, Delivery.rows_sha256),
    ),
    "documents of claims intact": _kept(sa.select(ClaimFile.name, ClaimFile.sha256)),
    "bank files intact": _kept(sa.select(BankFile.name, BankFile.sha256)),
    "files of lines intact": _kept(sa.select(Upload.name, Upload.content_sha256)),
    "messages intact": _kept(sa.select(Message.server_message_id, Message.request_sha256)),
    "durable work done or pending": _work_done,
}
