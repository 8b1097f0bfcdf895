import random
from datetime import timedelta

import pytest
import sqlalchemy as sa

from excise import checks
from excise.ledger.actions import Movement, post
from excise.ledger.models import Account, Entry, Posting
from excise.ledger.queries import balance, trial_balance, unbalanced_entries
from excise.payments.actions import Outcome, receive
from tests import factories
from tests.conftest import count
from tests.factories import AT, TODAY

ENTRY = (
    "INSERT INTO entry (id, cause, posted_on, posted_at, imbalance)"
    " VALUES (4711, 'raw', '2026-11-10', '2026-11-10 03:00:00', 0)"
)
LINE = "INSERT INTO posting (entry_id, account, amount_satang, part) VALUES (4711, 'bank', {}, '')"


def movements(amount=100):
    return [Movement(Account.BANK, amount), Movement(Account.UNALLOCATED, -amount)]


def book(session, cause="cause:1", amount=100, taxpayer_id=None):
    return post(session, movements(amount), cause=cause, taxpayer_id=taxpayer_id, at=AT)


@pytest.mark.parametrize("lines", [["100"], ["100", "-99"], ["-1"], ["100", "-100", "1"]])
def test_an_unbalanced_entry_cannot_be_committed_whoever_writes_it(database, lines):
    refused = pytest.raises(sa.exc.IntegrityError)
    with refused, database.transaction() as session:
        for statement in (ENTRY, *(LINE.format(amount) for amount in lines)):
            session.execute(sa.text(statement))
    with database.reading() as session:
        assert count(session, Entry) == count(session, Posting) == 0
    with database.transaction() as session:  # the failed commit holds no lock
        book(session)


def test_a_balanced_entry_can_be_written_line_by_line(database):
    with database.engine.begin() as connection:
        for statement in (ENTRY, LINE.format(100), LINE.format(-70), LINE.format(-30)):
            connection.exec_driver_sql(statement)
    with database.reading() as session:
        assert unbalanced_entries(session) == []


def test_a_line_added_to_a_committed_entry_cannot_be_committed(database):
    with database.transaction() as session:
        book(session)
    added = LINE.replace("4711", "(SELECT id FROM entry)").format(1)
    with pytest.raises(sa.exc.IntegrityError), database.transaction() as session:
        session.execute(sa.text(added))


def test_the_action_refuses_what_does_not_balance(session):
    with pytest.raises(AssertionError):
        post(session, [Movement(Account.BANK, 1)], cause="x", taxpayer_id=None, at=AT)


def test_the_zero_that_balances_point_at_cannot_become_another_number(database):
    for statement in (
        "UPDATE zero SET value = 1",
        "INSERT INTO zero VALUES (1)",
        "DELETE FROM zero",
    ):
        with pytest.raises(sa.exc.IntegrityError), database.engine.begin() as connection:
            connection.exec_driver_sql(statement)


def test_the_same_cause_is_posted_once(session):
    book(session)
    session.flush()
    book(session)
    with pytest.raises(sa.exc.IntegrityError):
        session.flush()


def test_lines_of_zero_are_left_out(session):
    entry = post(
        session,
        [*movements(), Movement(Account.REVENUE_PENALTY, 0)],
        cause="x",
        taxpayer_id=None,
        at=AT,
    )
    assert [line.amount_satang for line in entry.postings] == [100, -100]


def test_a_posting_of_zero_is_refused_by_the_database(session):
    session.execute(sa.text(ENTRY))
    with pytest.raises(sa.exc.IntegrityError):
        session.execute(sa.text(LINE.format(0)))


def test_an_entry_is_posted_on_its_day_in_bangkok(session):
    entry = post(
        session, movements(), cause="x", taxpayer_id=None, at=AT.replace(hour=17, minute=0)
    )
    assert entry.posted_on == TODAY + timedelta(days=1)


def test_a_balance_is_of_one_taxpayer_or_of_all(session):
    taxpayer = factories.establishment(session).taxpayer_id
    book(session, "a", 100, taxpayer)
    book(session, "b", 50)
    assert balance(session, Account.BANK) == 150
    assert balance(session, Account.BANK, taxpayer_id=taxpayer) == 100
    assert balance(session, Account.RECEIVABLE) == 0


def test_sums_of_money_are_exact_where_floats_are_not(session):
    for number in range(20):
        book(session, f"cause:{number}", 10**17 - 1 - number)
    assert balance(session, Account.BANK) == sum(10**17 - 1 - number for number in range(20))


@pytest.mark.parametrize("seed", [1, 2])
def test_the_books_balance_after_any_filings_and_payments(database, seed):
    chance = random.Random(seed)
    with database.transaction() as session:
        places = [
            factories.establishment(session, tax_id=factories.tax_id(number)).id
            for number in range(3)
        ]
    for turn in range(12):
        with database.transaction() as session:
            place = session.get_one(factories.Registration, chance.choice(places))
            month = factories.MONTH.replace(month=chance.randint(1, 10))
            started = (
                factories.start(session, place, day=month, submission_id=f"s-{turn}")
                if (month not in filed_months(session, place))
                else None
            )
            if started is None:
                continue
            factories.line(
                session, started, factories.product(session, place), quantity=chance.randint(1, 999)
            )
            done = factories.file(session, factories.finished(session, started))
            bill = factories.bill(session, done)
            off = chance.choice([0, 0, 0, 1, -1])
            message = factories.bank_message(bill, amount_satang=bill.amount_satang + off)
            assert receive(session, message, actor="system", at=AT) is Outcome.ALLOCATED
    with database.reading() as session:
        assert sum(trial_balance(session).values()) == 0
        assert unbalanced_entries(session) == []
        for check in (checks.money_matches, checks.receipts_complete, checks.debts_agree):
            assert check(session) is None
        assert count(session, Entry) > 10


def filed_months(session, place):
    return set(
        session.scalars(
            sa.select(factories.Return.period).where(factories.Return.registration_id == place.id)
        )
    )
