import hashlib
import json
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from excise.audit import AuditEntry
from excise.documents.models import Original
from excise.ledger.models import Account, Entry
from excise.ledger.queries import trial_balance
from excise.payments.models import Bill
from excise.returns.filing import FiguresChanged, NotReady
from excise.returns.models import Basis, DeclaredLine, Return, ReturnState
from excise.returns.queries import work_out_draft
from tests import factories
from tests.conftest import count
from tests.excise.at_once import at_once
from tests.factories import AT, MONTH, TARIFF, TODAY

EXCISE, LOCAL = 14_899_00, 1_489_90  # 1,000 cans: 22% of 36.45 and 430 baht a litre of alcohol


def of_a_return(act):
    return sa.select(AuditEntry).where(AuditEntry.act == act)


def test_eight_filings_at_once_are_one_reference_one_entry_one_bill(database):
    with database.transaction() as session:
        ready = factories.draft(session)
        total = work_out_draft(TARIFF, ready, on=TODAY).total_satang
        number = ready.id

    def file(_number):
        with database.transaction() as session:
            draft = session.get_one(Return, number)
            return factories.file(session, draft, agreed_satang=total).reference

    assert set(at_once(8, file)) == {"PS0307-2570-0000001"}
    with database.reading() as session:
        assert [count(session, record) for record in (Entry, Bill, Original)] == [1, 1, 1]
        assert len(session.scalars(of_a_return("return.file")).all()) == 1


def test_filing_again_whenever_is_the_first_answer(session):
    filed = factories.filed(session)
    again = factories.file(session, filed, agreed_satang=1, at=AT.replace(year=2027))
    assert (again.reference, again.filed_at) == ("PS0307-2570-0000001", AT)


def test_nothing_is_saved_when_the_agreed_total_differs(session):
    ready = factories.draft(session)
    before = [count(session, record) for record in (Entry, Bill, Original)]
    with pytest.raises(FiguresChanged) as refused:
        factories.file(session, ready, agreed_satang=1)
    assert (
        refused.value.facts["total_satang"] == work_out_draft(TARIFF, ready, on=TODAY).total_satang
    )
    assert (ready.state, ready.reference) == (ReturnState.DRAFT, None)
    assert [count(session, record) for record in (Entry, Bill, Original)] == before


def test_a_return_whose_lines_are_not_finished_is_not_filed(session):
    begun = factories.start(session, factories.establishment(session))
    with pytest.raises(NotReady):
        factories.file(session, begun)


def test_a_nil_return_is_filed_without_charge_or_bill(session):
    filed = factories.filed(session, quantity=0)
    assert (filed.reference, filed.total_satang) == ("PS0307-2570-0000001", 0)
    assert [count(session, record) for record in (Entry, Bill)] == [0, 0]
    assert session.get_one(Original, filed.original_sha256).content


def test_a_return_in_time_owes_tax_local_tax_and_the_funds_of_liquor(session):
    filed = factories.filed(session)
    balances = trial_balance(session)
    funds = [EXCISE * pct // 1000 for pct in (20, 15, 20, 20)]
    assert balances[Account.REVENUE_EXCISE] == -EXCISE
    assert balances[Account.PAYABLE_LOCAL] == -LOCAL
    assert -balances[Account.PAYABLE_FUND] == pytest.approx(sum(funds), abs=2)
    assert balances[Account.RECEIVABLE] == filed.total_satang
    assert sum(balances.values()) == 0
    assert Account.REVENUE_PENALTY not in balances
    bill = factories.bill(session, filed)
    assert (bill.amount_satang, bill.due_on) == (filed.total_satang, date(2026, 11, 16))
    assert (bill.ref1, bill.ref2) == ("2569111000000001", "030725691000")


@pytest.mark.parametrize(
    ("filed_on", "months", "remaining_pct"),
    [
        (date(2026, 11, 16), 0, 0),
        (date(2026, 11, 17), 1, 2),
        (date(2026, 12, 1), 1, 2),
        (date(2026, 12, 2), 1, 5),
        (date(2026, 12, 16), 1, 5),
        (date(2026, 12, 17), 2, 10),
        (date(2027, 1, 16), 2, 20),
        (date(2027, 1, 17), 3, 20),
    ],
)
def test_a_late_return_owes_penalty_and_surcharge(session, filed_on, months, remaining_pct):
    """s. 140: twice the tax, reduced for who comes unasked; s. 141: 1.5% a month or part."""
    at = datetime(filed_on.year, filed_on.month, filed_on.day, 3, tzinfo=UTC)
    filed = factories.filed(session, at=at, day=MONTH)
    penalty = 2 * EXCISE * remaining_pct // 100
    surcharge = (EXCISE * 15 * months + 500) // 1000
    balances = trial_balance(session)
    assert -balances.get(Account.REVENUE_PENALTY, 0) == penalty
    assert -balances.get(Account.REVENUE_SURCHARGE, 0) == surcharge
    assert -balances[Account.PAYABLE_LOCAL] == (EXCISE + penalty + surcharge + 5) // 10
    assert -balances[Account.REVENUE_EXCISE] == EXCISE
    assert balances[Account.RECEIVABLE] == filed.total_satang
    assert factories.bill(session, filed).due_on == max(filed_on, date(2026, 11, 16))


def test_the_day_of_filing_is_the_day_in_bangkok(session):
    last_moment = datetime(2026, 11, 16, 16, 59, 59, tzinfo=UTC)
    assert (
        factories.filed(session, at=last_moment).total_satang
        == factories.filed(
            session, place=factories.establishment(session, tax_id=factories.tax_id(5))
        ).total_satang
    )


def test_goods_that_left_yesterday_are_late(session):
    filed = factories.filed(session, basis=Basis.REMOVAL, day=date(2026, 11, 9))
    assert -trial_balance(session)[Account.REVENUE_SURCHARGE] == (EXCISE * 15 + 500) // 1000
    assert filed.due_on == date(2026, 11, 9)


def test_the_original_is_kept_under_the_hash_of_its_bytes(database):
    with database.transaction() as session:
        filed = factories.filed(session)
        reference, sha256 = filed.reference, filed.original_sha256
    with database.reading() as session:
        original = session.get_one(Original, sha256)
        assert hashlib.sha256(original.content.encode()).hexdigest() == sha256
        told = json.loads(original.content)
        assert told["reference"] == reference
        assert told["tax"]["excise_satang"] == EXCISE
        assert told["lines"][0]["product"] == "เบียร์ตัวอย่าง"
        assert original.origin == "127.0.0.1"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tax_return SET total_satang = 1",
        "UPDATE tax_return SET state = 'draft'",
        "DELETE FROM tax_return",
        "UPDATE return_line SET units = 1",
        "DELETE FROM return_line",
        "UPDATE original SET content = ''",
        "DELETE FROM original",
        "UPDATE bill SET amount_satang = 1",
        "DELETE FROM bill",
        "UPDATE posting SET amount_satang = amount_satang + 1",
        "DELETE FROM posting",
        "UPDATE entry SET cause = 'x'",
        "DELETE FROM entry",
    ],
)
def test_the_database_refuses_to_change_what_was_filed(session, statement):
    factories.filed(session)
    session.flush()
    with pytest.raises(sa.exc.IntegrityError, match="does not change"):
        session.execute(sa.text(statement))


def test_a_draft_may_still_be_changed_in_the_database(session):
    factories.draft(session)
    session.flush()
    session.execute(sa.text("UPDATE return_line SET units = 2"))
    session.execute(sa.text("DELETE FROM return_line"))
    session.execute(sa.text("DELETE FROM tax_return"))


def test_each_form_and_year_counts_its_own_returns(session):
    goods = factories.filed(session, quantity=0)
    service = factories.service(session, tax_id=factories.tax_id(4))
    services = factories.filed(session, place=service, quantity=0)
    september = factories.filed(
        session,
        place=factories.establishment(session, tax_id=factories.tax_id(6)),
        quantity=0,
        at=datetime(2026, 9, 30, 3, tzinfo=UTC),
        day=date(2026, 8, 1),
    )
    assert [one.reference for one in (goods, services, september)] == [
        "PS0307-2570-0000001",
        "PS0308-2570-0000001",
        "PS0307-2569-0000001",
    ]


def test_a_filed_return_is_in_the_log_with_its_hash(database):
    with database.transaction() as session:
        sha256 = factories.filed(session).original_sha256
    with database.reading() as session:
        [entry] = session.scalars(of_a_return("return.file"))
        assert json.loads(entry.body)["facts"]["sha256"] == sha256


def test_a_line_cannot_be_put_into_a_filed_return_by_anybody(database):
    with database.transaction() as session:
        filed = factories.filed(session)
        line = filed.lines[0]
        copied = {
            "return_id": filed.id,
            "position": 99,
            "product_id": line.product_id,
            "day": line.tax_point_on,
            "key": "another",
        }
    statement = sa.text(
        "INSERT INTO return_line (return_id, position, product_id, tax_point_on, units, measures,"
        " submission_id) VALUES (:return_id, :position, :product_id, :day, 1, '{}', :key)"
    ).bindparams(sa.bindparam("day", type_=sa.Date))
    with (
        pytest.raises(sa.exc.DBAPIError, match="does not change"),
        database.transaction() as session,
    ):
        session.execute(statement, copied)


def test_what_a_return_declares_can_be_added_up(session):
    filed = factories.filed(session)
    (line,) = session.scalars(sa.select(DeclaredLine).where(DeclaredLine.return_id == filed.id))
    content = json.loads(session.get_one(Original, filed.original_sha256).content)
    steps = {step["name"]: step["satang"] for step in content["tax"]["lines"][0]["steps"]}
    assert (line.units, line.period) == (1000 * 10_000, filed.period)
    assert (line.value_satang, line.excise_satang) == (steps["goods_value"], steps["excise"])
