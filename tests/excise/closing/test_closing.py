from datetime import timedelta

import pytest
import sqlalchemy as sa

from excise.aside import _without_triggers
from excise.checks import closings_intact
from excise.closing.actions import (
    ClosingBlocked,
    SameOfficer,
    ask_to_reopen,
    close,
    give_back,
    keep_closed,
    propose,
    reopen,
)
from excise.closing.queries import blockers, days_up_to, figures, month_of, year_of
from excise.documents.closing import render_closing
from excise.documents.models import Document
from excise.errors import Conflict, NotAllowed
from excise.ledger.actions import Movement, post
from excise.ledger.models import Account, ClosingState, Entry
from excise.ledger.queries import closed_through
from excise.payments.actions import receive
from excise.periods import TaxMonth, local_date
from excise.receipts.models import Receipt
from tests import factories
from tests.excise.at_once import at_once
from tests.factories import AT

DAY = local_date(AT)
NEXT = AT + timedelta(days=1, hours=12)
LATER = AT + timedelta(days=60)


def officer(session, role):
    return factories.officer(session, roles=[role]).id


@pytest.fixture
def accountant(session):
    return officer(session, "accountant")


@pytest.fixture
def heads(session):
    return officer(session, "finance_head"), officer(session, "finance_head")


@pytest.fixture
def bill(session):
    """A day with a return, its payment, and its receipt with a document."""
    bill = factories.bill(session, factories.filed(session))
    receive(session, factories.bank_message(bill), actor="system", at=AT)
    with_documents(session)
    return bill


def with_documents(session):
    for number in session.scalars(sa.select(Receipt.number).where(Receipt.main_id.is_(None))):
        if not session.scalar(sa.select(Document.id).where(Document.number == number)):
            session.add(
                Document(number=number, kind="receipt", sha256="0" * 64, size_bytes=1, made_at=AT)
            )
    session.flush()


def codes(session, period, at=NEXT):
    return [each.code for each in blockers(session, period, at=at)]


def closed(session, accountant, head, period, at=NEXT):
    proposal = propose(session, period, officer_id=accountant, at=at)
    session.flush()
    return close(session, reference=proposal.reference, officer_id=head, at=at)


def test_the_figures_of_a_day_are_those_of_books_bank_and_receipts(session, bill):
    facts = figures(session, days_up_to(session, DAY), reference="CL-1")
    assert facts.receipts_satang == facts.settled_satang == bill.amount_satang
    assert [(each.bank_code, each.received_satang) for each in facts.banks] == [
        ("KTB", bill.amount_satang)
    ]
    assert sum(each.closing_satang for each in facts.accounts) == 0
    assert {(each.first, each.last, each.count) for each in facts.series} == {(1, 1, 1)}
    pdf = render_closing(facts, closed_at=NEXT, digest="0" * 64, by=("a", "b"))
    assert pdf == render_closing(facts, closed_at=NEXT, digest="0" * 64, by=("a", "b"))


def test_a_closed_day_takes_nothing_more_and_later_postings_go_to_the_next(
    session, bill, accountant, heads
):
    one = closed(session, accountant, heads[0], days_up_to(session, DAY))
    assert (one.state, closed_through(session)) == (ClosingState.CLOSED, DAY)
    late = post(
        session,
        [Movement(Account.BANK, 5), Movement(Account.UNALLOCATED, -5)],
        cause="late",
        taxpayer_id=None,
        at=AT,
    )
    assert late.posted_on == DAY + timedelta(days=1)
    session.flush()
    forged = sa.insert(Entry).values(cause="x", posted_on=DAY, posted_at=AT, imbalance=0)
    with pytest.raises(sa.exc.DBAPIError, match="the day is closed"), session.begin_nested():
        session.execute(forged)


@pytest.mark.parametrize("change", ["facts = 'x'", "last = '2001-01-01'", "digest = 'x'"])
def test_what_was_closed_does_not_change(session, bill, accountant, heads, change):
    closed(session, accountant, heads[0], days_up_to(session, DAY))
    session.flush()
    with pytest.raises(sa.exc.DBAPIError, match="does not change"), session.begin_nested():
        session.execute(sa.text(f"UPDATE closing SET {change}"))


def test_what_blocks_is_listed(session, accountant):
    bill = factories.bill(session, factories.filed(session))
    receive(session, factories.bank_message(bill), actor="system", at=AT)
    stray = factories.stray(session, bill, ref1="X", amount_satang=1)
    factories.resolution(session, stray)
    period = days_up_to(session, DAY)
    assert codes(session, period, AT) == ["not-over", "proposals-open", "documents-missing"]
    assert codes(session, month_of(DAY))[:2] == ["not-over", "days-open"]
    with pytest.raises(ClosingBlocked) as caught:
        propose(session, period, officer_id=accountant, at=NEXT)
    assert caught.value.facts["blockers"] == ["proposals-open", "documents-missing"]


def test_a_receipt_that_the_ledger_does_not_know_blocks(session, bill):
    entry = session.scalars(sa.select(Entry).where(Entry.cause.like("allocation:%"))).one()
    assert codes(session, days_up_to(session, DAY)) == []
    moved = days_up_to(session, DAY + timedelta(days=1))
    post(
        session,
        [Movement(Account.UNALLOCATED, 7), Movement(Account.RECEIVABLE, -7)],
        cause=f"{entry.cause}:again",
        taxpayer_id=None,
        at=AT,
    )
    session.flush()
    assert codes(session, moved, LATER) == ["receipts-differ"]


def test_money_that_no_bank_reported_blocks(session, bill):
    post(
        session,
        [Movement(Account.BANK, 7, "KTB"), Movement(Account.UNALLOCATED, -7)],
        cause="forged",
        taxpayer_id=None,
        at=AT,
    )
    session.flush()
    assert codes(session, days_up_to(session, DAY)) == ["bank-differs"]


def test_months_rest_on_days_and_years_on_months(session, bill, accountant, heads):
    month, at = month_of(DAY), LATER
    year = year_of(2570)
    assert codes(session, month, at) == ["days-open"]
    closed(session, accountant, heads[0], days_up_to(session, month.last), at)
    assert codes(session, year, at) == ["not-over", "days-open", "month-open"]
    one = closed(session, accountant, heads[0], month, at)
    assert codes(session, month, at) == ["closed-already"]
    later = at + timedelta(days=400)
    closed(session, accountant, heads[0], days_up_to(session, year.last), later)
    assert codes(session, year, later) == []
    told = closed(session, accountant, heads[0], year, later)
    with pytest.raises(Conflict, match="closing-not-the-last"):
        ask_to_reopen(session, reference=one.reference, reason="x", officer_id=heads[0], at=later)
    assert told.first == TaxMonth.of(year.first).first


def test_two_officers_close_and_two_approvers_reopen(session, bill, accountant, heads):
    period = days_up_to(session, DAY)
    both = factories.officer(session, roles=["accountant", "finance_head"]).id
    mine = propose(session, period, officer_id=both, at=NEXT)
    session.flush()
    assert propose(session, period, officer_id=accountant, at=NEXT) is mine
    told = {"reference": mine.reference, "at": NEXT}
    with pytest.raises(SameOfficer):
        close(session, officer_id=both, **told)
    with pytest.raises(NotAllowed):
        close(session, officer_id=accountant, **told)
    give_back(session, officer_id=heads[0], **told)
    one = closed(session, accountant, heads[0], period)
    told = {"reference": one.reference, "at": NEXT}
    ask_to_reopen(session, reason="ลืมรายการ", officer_id=heads[0], **told)
    assert closed_through(session) == DAY
    with pytest.raises(SameOfficer):
        reopen(session, officer_id=heads[0], **told)
    keep_closed(session, officer_id=heads[1], **told)
    ask_to_reopen(session, reason="ลืมรายการ", officer_id=heads[0], **told)
    for _ in range(2):
        reopen(session, officer_id=heads[1], **told)
    assert closed_through(session) is None
    again = closed(session, accountant, heads[1], days_up_to(session, DAY))
    assert again.reference != one.reference


def test_books_that_changed_since_the_proposal_are_not_closed(session, bill, accountant, heads):
    proposal = propose(session, days_up_to(session, DAY), officer_id=accountant, at=NEXT)
    session.flush()
    factories.stray(session, bill, ref1="X", amount_satang=1)
    with pytest.raises(Conflict, match="closing-figures-changed"):
        close(session, reference=proposal.reference, officer_id=heads[0], at=NEXT)


def test_each_certificate_names_the_one_before(session, bill, accountant, heads):
    first = closed(session, accountant, heads[0], days_up_to(session, DAY))
    next_day = days_up_to(session, DAY + timedelta(days=1))
    second = closed(session, accountant, heads[0], next_day, LATER)
    assert first.digest in second.facts
    assert closings_intact(session) is None


def test_a_receipt_that_vanished_from_a_closed_day_is_missed(database):
    with database.transaction() as session:
        bill = factories.bill(session, factories.filed(session))
        receive(session, factories.bank_message(bill), actor="system", at=AT)
        with_documents(session)
        one = closed(
            session,
            officer(session, "accountant"),
            officer(session, "finance_head"),
            days_up_to(session, DAY),
        )
        reference = one.reference
        assert closings_intact(session) is None
    with database.engine.begin() as connection, _without_triggers(connection, "receipt"):
        connection.execute(sa.update(Receipt).values(amount_satang=Receipt.amount_satang + 1))
    with database.reading() as session:
        assert closings_intact(session) == f"closing {reference} is not what was certified"


def test_equal_approvals_at_once_close_once(database):
    with database.transaction() as session:
        bill = factories.bill(session, factories.filed(session))
        receive(session, factories.bank_message(bill), actor="system", at=AT)
        with_documents(session)
        accountant, head = officer(session, "accountant"), officer(session, "finance_head")
        reference = propose(
            session, days_up_to(session, DAY), officer_id=accountant, at=NEXT
        ).reference

    def decide(_number):
        with database.transaction() as session:
            return close(session, reference=reference, officer_id=head, at=NEXT).reference

    assert set(at_once(8, decide)) == {reference}
