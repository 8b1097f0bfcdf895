"""Whatever happens to money, in whatever order: the books agree with the bank and the receipts."""

import shutil
from contextlib import closing as closed_after
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from excise.checks import (
    closings_intact,
    credit_not_below_zero,
    debts_agree,
    ledger_balanced,
    money_matches,
    receipts_complete,
)
from excise.closing.actions import close, propose
from excise.closing.queries import days_up_to
from excise.db import Database
from excise.documents.models import Document
from excise.errors import Conflict, Invalid
from excise.ledger.queries import closed_through, trial_balance
from excise.payments import corrections
from excise.payments.actions import Outcome, receive
from excise.payments.corrections import propose_reversal, propose_write_off
from excise.payments.credit import pay_with_credit
from excise.payments.models import (
    Bill,
    Correction,
    Payment,
    PaymentState,
    Refund,
    Resolution,
    ResolutionState,
)
from excise.payments.resolving import (
    approve,
    give_back,
    propose_bill,
    propose_credit_refund,
    propose_refund,
    record_transfer,
)
from excise.people.models import Delegation
from excise.periods import add_months, local_date
from excise.receipts.models import Receipt
from tests import factories
from tests.factories import AT, fresh

PAYEE = "นายสมชาย ใจดี ธนาคารกรุงไทย 123-4-56789-0"
CHECKS = (ledger_balanced, money_matches, receipts_complete, closings_intact, debts_agree)
CHECKS += (credit_not_below_zero,)
ACTS = ("exact", "part", "over", "stray", "again", "assign", "refund", "approve", "refuse")
ACTS += ("transfer", "close", "late", "credit", "credit_back", "give_up", "reverse", "correct")


@pytest.fixture(scope="module")
def billed(sqlite_template, tmp_path_factory):
    """Two bills, an accountant and a head of finance."""
    path = tmp_path_factory.mktemp("books") / "billed.db"
    shutil.copy(sqlite_template, path)
    with closed_after(Database(f"sqlite:///{path}")) as database, database.transaction() as session:
        place = factories.establishment(session)
        beer = factories.product(session, place)
        for number in range(2):
            month = add_months(factories.MONTH, -number)
            draft = factories.start(session, place, day=month, submission_id=f"s-{number}")
            factories.line(session, draft, beer)
            factories.file(session, factories.finished(session, draft))
        officers = [
            factories.officer(session, roles=[role]).id for role in ("accountant", "finance_head")
        ]
    return path, officers


class Office:
    """What people do with money, each as far as it can be done now."""

    def __init__(self, session, officers):
        self.session, self.at = session, AT
        self.accountant, self.head = officers
        self.bills = list(session.scalars(sa.select(Bill).order_by(Bill.id)))
        self.told = []

    def first(self, query):
        return self.session.scalars(query.limit(1)).first()

    def tell(self, bill, **changes):
        message = factories.bank_message(bill, **changes)
        self.told.append(message)
        receive(self.session, message, actor="system", at=self.at)

    def exact(self, bill):
        self.tell(bill)

    def part(self, bill):
        self.tell(bill, amount_satang=bill.amount_satang // 2 + 1)

    def over(self, bill):
        self.tell(bill, amount_satang=bill.amount_satang + 3)

    def late(self, bill):
        paid_at = self.at + timedelta(days=40)
        self.tell(bill, amount_satang=bill.amount_satang // 3 + 7, paid_at=paid_at)

    def credit(self, bill):
        person = self.first(
            sa.select(Delegation.person_id).where(Delegation.taxpayer_id == bill.taxpayer_id)
        )
        pay_with_credit(self.session, ref1=bill.ref1, person_id=person, at=self.at)

    def credit_back(self, bill):
        propose_credit_refund(
            self.session,
            tax_id=bill.particulars["payer"]["tax_id"],
            amount_satang=2,
            payee=PAYEE,
            reason="r",
            submission_id=fresh("S"),
            officer_id=self.accountant,
            at=self.at,
        )

    def give_up(self, bill):
        propose_write_off(self.session, ref1=bill.ref1, **self._proposed())

    def reverse(self, bill):
        query = sa.select(Payment.id).where(Payment.ref1 == bill.ref1).order_by(Payment.id.desc())
        for payment in self.session.scalars(query.limit(1)):
            propose_reversal(self.session, payment_id=payment, **self._proposed())

    def correct(self, _bill):
        standing = Correction.state == ResolutionState.PROPOSED
        if reference := self.first(sa.select(Correction.reference).where(standing)):
            told = {"officer_id": self.head, "at": self.at}
            corrections.approve(self.session, reference=reference, **told)

    def _proposed(self):
        told = {"reason": "r", "submission_id": fresh("S")}
        return told | {"officer_id": self.accountant, "at": self.at}

    def stray(self, bill):
        self.tell(bill, ref1="X")

    def again(self, _bill):
        for message in self.told:
            assert receive(self.session, message, actor="system", at=self.at) is Outcome.REPEATED

    def _waiting(self):
        query = sa.select(Payment.id).where(Payment.state == PaymentState.UNALLOCATED)
        return list(self.session.scalars(query.order_by(Payment.id)))

    def assign(self, bill):
        propose_bill(
            self.session,
            payment_ids=self._waiting()[:2],
            ref1=bill.ref1,
            payee=PAYEE,
            reason="r",
            submission_id=fresh("S"),
            officer_id=self.accountant,
            at=self.at,
        )

    def refund(self, _bill):
        for waiting in self._waiting()[:1]:
            propose_refund(
                self.session,
                payment_id=waiting,
                payee=PAYEE,
                reason="r",
                submission_id=fresh("S"),
                officer_id=self.accountant,
                at=self.at,
            )

    def _proposal(self):
        return self.first(
            sa.select(Resolution.reference).where(Resolution.state == ResolutionState.PROPOSED)
        )

    def approve(self, _bill):
        if reference := self._proposal():
            approve(self.session, reference=reference, officer_id=self.head, at=self.at)

    def refuse(self, _bill):
        if reference := self._proposal():
            told = {"note": "n", "officer_id": self.head, "at": self.at}
            give_back(self.session, reference=reference, **told)

    def transfer(self, _bill):
        due = self.first(sa.select(Refund).where(Refund.transfer_no.is_(None)))
        if due is not None:
            record_transfer(
                self.session,
                reference=due.resolution.reference,
                transfer_no=fresh("F"),
                paid_on=local_date(self.at),
                officer_id=self.accountant,
                at=self.at,
            )

    def close(self, _bill):
        """A day passes, the documents are made, and it is closed."""
        for number in self.session.scalars(
            sa.select(Receipt.number).where(Receipt.main_id.is_(None))
        ):
            made = sa.select(Document.id).where(Document.number == number)
            if self.first(made) is None:
                facts = {"kind": "receipt", "sha256": "0" * 64, "size_bytes": 1, "made_at": AT}
                self.session.add(Document(number=number, **facts))
        self.session.flush()
        day, self.at = local_date(self.at), self.at + timedelta(days=1)
        period = days_up_to(self.session, day)
        told = {"officer_id": self.accountant, "at": self.at + timedelta(hours=12)}
        reference = propose(self.session, period, **told).reference
        self.session.flush()
        close(self.session, reference=reference, **told | {"officer_id": self.head})
        assert closed_through(self.session) == day


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 1)), min_size=4, max_size=14))
def test_the_books_agree_after_any_sequence_of_acts(billed, tmp_path, acts):
    path, officers = billed
    copy = tmp_path / fresh("b")
    shutil.copy(path, copy)
    with closed_after(Database(f"sqlite:///{copy}")) as database:
        with database.transaction() as session:
            office = Office(session, officers)
            for name, number in acts:
                try:
                    with session.begin_nested():
                        getattr(office, name)(office.bills[number])
                except (Conflict, Invalid):
                    pass  # it cannot be done now, and nothing of it was
                session.flush()
                session.expire_all()
                assert sum(trial_balance(session).values()) == 0
        with database.reading() as session:
            assert [check(session) for check in CHECKS] == [None] * len(CHECKS)
            before = trial_balance(session)
        with database.transaction() as session:
            for message in office.told:
                assert receive(session, message, actor="system", at=AT) is Outcome.REPEATED
        with database.reading() as session:
            assert trial_balance(session) == before
