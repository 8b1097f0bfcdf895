"""`excise ledger`, as an accountant at a terminal sees it."""

import csv
import io
import json

import pytest
from click.testing import CliRunner

from cli import main
from excise.db import Database
from excise.payments.actions import receive
from excise.periods import add_months
from tests import factories
from tests.factories import AT


@pytest.fixture
def books(sqlite_url, tmp_path):
    """One return that was paid, and one that waits."""
    database = Database(sqlite_url)
    with database.transaction() as session:
        place = factories.establishment(session)
        beer = factories.product(session, place)
        for number in range(2):
            month = add_months(factories.MONTH, -number)
            draft = factories.start(session, place, day=month, submission_id=f"s-{number}")
            factories.line(session, draft, beer)
            done = factories.file(session, factories.finished(session, draft))
            if number == 0:
                bill = factories.bill(session, done)
                receive(session, factories.bank_message(bill), actor="system", at=AT)
                paid = bill.amount_satang
    database.close()
    environment = {"EXCISE_DATA": str(tmp_path), "EXCISE_DATABASE_URL": sqlite_url}

    def run(*words):
        answer = CliRunner().invoke(main, ["ledger", *words], env=environment)
        assert answer.exit_code == 0, answer.output
        return answer.stdout

    return run, paid


def test_the_books_as_they_are_taken_to_other_programs(books):
    run, paid = books
    balances = json.loads(run("trial-balance", "--format", "json"))
    sides = {row["account"]: (row["debit_satang"], row["credit_satang"]) for row in balances}
    assert sides["bank"] == (paid, 0)
    assert sides["receivable"][0] > 0 == sides["receivable"][1]
    assert all(debit == 0 or credit == 0 for debit, credit in sides.values())
    assert sum(debit for debit, _ in sides.values()) == sum(credit for _, credit in sides.values())

    day = AT.date().isoformat()
    moved = json.loads(run("trial-balance", "--from", day, "--to", day, "--format", "json"))
    receivable = next(row for row in moved if row["account"] == "receivable")
    assert receivable["debit_satang"] > receivable["credit_satang"] == paid
    assert json.loads(run("trial-balance", "--on", "2001-01-01", "--format", "json")) == []

    lines = list(csv.DictReader(io.StringIO(run("journal", "--from", day))))
    owed = [int(row["debit_satang"]) for row in lines if row["account"] == "receivable"]
    assert sum(owed) == receivable["debit_satang"]
    assert {row["cause"].partition(":")[0] for row in lines} == {"return", "payment", "allocation"}

    issued = json.loads(run("receipts", "--format", "json"))
    assert sum(row["satang"] for row in issued) == paid
    assert {row["state"] for row in issued} == {"issued"}
    assert len({row["number"] for row in issued}) == len(issued)
    assert all(row["cause"].startswith("payment:") for row in issued)
    assert list(csv.DictReader(io.StringIO(run("receipts")))) == [
        {name: str(value) for name, value in row.items()} for row in issued
    ]
    assert json.loads(run("receipts", "--to", "2001-01-01", "--format", "json")) == []


def test_a_period_that_ends_before_it_begins_is_refused(books):
    answer = CliRunner().invoke(
        main, ["ledger", "receipts", "--from", "2026-11-02", "--to", "2026-11-01"]
    )
    assert answer.exit_code == 2
    assert "after its end" in answer.output
