import random

import pytest
import sqlalchemy as sa

from excise import audit, checks
from excise.documents.receipt import ReceiptFacts
from excise.errors import NotFound
from excise.payments.actions import Outcome, receive
from excise.payments.models import Bill
from excise.payments.queries import receipt_for
from excise.receipts.models import Receipt
from excise.receipts.queries import calculation_of, document, first_fault, receipt
from excise.receipts.rules import text_hash
from tests import factories
from tests.excise.at_once import at_once
from tests.factories import AT, TODAY

FUND = "2570-010100-HEALTH-0000002"


def paid(session, number=1):
    """The tax receipt of a paid return of the `number`th taxpayer."""
    place = factories.establishment(session, tax_id=factories.tax_id(number))
    bill = factories.bill(session, factories.filed(session, place=place))
    assert receive(session, factories.bank_message(bill), actor="system", at=AT) is (
        Outcome.ALLOCATED
    )
    return session.scalars(
        sa.select(Receipt).where(Receipt.main_id.is_(None)).order_by(Receipt.id.desc())
    ).first()


def tamper(session, statement):
    """Change the register as somebody with all rights could: without its triggers."""
    if session.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            session.execute(sa.text(f"DROP TRIGGER receipt_no_{verb}"))
    else:
        session.execute(sa.text("ALTER TABLE receipt DISABLE TRIGGER USER"))
    session.execute(sa.text(statement))


def test_threads_with_rollbacks_leave_a_gapless_register(database):
    with database.transaction() as session:
        messages = []
        for number in range(16):
            place = factories.establishment(session, tax_id=factories.tax_id(number))
            bill = factories.bill(session, factories.filed(session, place=place))
            messages.append(factories.bank_message(bill))

    def work(number):
        chance = random.Random(number)
        for message in messages[number * 2 : number * 2 + 2]:
            while True:
                try:
                    with database.transaction() as session:
                        receive(session, message, actor="system", at=AT)
                        if chance.random() < 0.3:
                            raise LookupError
                except LookupError:
                    continue
                break

    assert at_once(8, work) == [None] * 8
    with database.reading() as session:
        tax = (
            sa.select(Receipt.sequence).where(Receipt.main_id.is_(None)).order_by(Receipt.sequence)
        )
        assert session.scalars(tax).all() == list(range(1, 17))
        assert all(bill.is_paid for bill in session.scalars(sa.select(Bill)))
        assert first_fault(session) is None
        assert checks.receipts_complete(session) is None
        assert audit.first_fault(session) is None


def test_an_empty_register_is_whole(session):
    assert first_fault(session) is None


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (
            "UPDATE receipt SET amount_satang = amount_satang - 1 WHERE number = '2570-010100-0000002'",
            "receipt 2570-010100-0000002 was changed",
        ),
        (
            f"UPDATE receipt SET amount_satang = 1 WHERE number = '{FUND}'",
            f"receipt {FUND} was changed",
        ),
        (
            "UPDATE receipt SET facts = replace(facts, 'KTB', 'BBL') WHERE number = '2570-010100-0000002'",
            "receipt 2570-010100-0000002 was changed",
        ),
        (
            "UPDATE receipt SET facts = '' WHERE number = '2570-010100-0000002'",
            "receipt 2570-010100-0000002 was changed",
        ),
        (
            "UPDATE receipt SET issued_at = '2026-01-01 00:00:00' WHERE number = '2570-010100-0000001'",
            "receipt 2570-010100-0000001 was changed",
        ),
        (
            f"DELETE FROM receipt WHERE number = '{FUND}'",
            "series 2570-010100-HEALTH: number 2 is missing",
        ),
        (
            "DELETE FROM receipt WHERE number = '2570-010100-HEALTH-0000003'",
            "series 2570-010100-HEALTH: 3 numbers were taken, 2 receipts stand",
        ),
        (
            "DELETE FROM receipt WHERE series = '2570-010100-HEALTH'",
            "series 2570-010100-HEALTH: 3 numbers were taken, 0 receipts stand",
        ),
        (
            "UPDATE series SET last = 4 WHERE code = 'receipt:2570-010100'",
            "series 2570-010100: 4 numbers were taken, 3 receipts stand",
        ),
    ],
)
def test_what_was_done_to_the_register_is_found(session, statement, fault):
    for number in (1, 2, 3):
        paid(session, number)
    session.flush()
    assert first_fault(session) is None
    tamper(session, statement)
    session.expire_all()
    assert first_fault(session) == fault


@pytest.mark.parametrize("verb", ["UPDATE receipt SET amount_satang = 1", "DELETE FROM receipt"])
def test_the_database_refuses_to_change_the_register(session, verb):
    paid(session)
    session.flush()
    with pytest.raises(sa.exc.IntegrityError, match="does not change"):
        session.execute(sa.text(verb))


def test_a_number_rolled_back_is_the_next_ones(session):
    nested = session.begin_nested()
    assert paid(session).number == "2570-010100-0000001"
    nested.rollback()
    session.expunge_all()  # the database gives the same ids again
    assert paid(session, 2).number == "2570-010100-0000001"


def test_a_receipt_states_what_was_filed_and_paid(session):
    issued = paid(session)
    facts = ReceiptFacts.model_validate_json(issued.facts)
    assert text_hash(issued.facts) == issued.facts_hash
    assert facts.tax_satang == 14_899_00
    assert facts.total_satang == sum(
        [14_899_00, 1_489_90, *(fund.amount_satang for fund in facts.fund_receipts)]
    )
    assert [fund.number.split("-")[2] for fund in facts.fund_receipts] == [
        "HEALTH",
        "TPBS",
        "SPORT",
        "ELDERLY",
    ]
    assert facts.tax_return.reference == "PS0307-2570-0000001"
    assert facts.payer.name == "บริษัท ตัวอย่าง จำกัด"
    assert facts.lines[0].base == "1,000 กระป๋อง"
    assert facts.payment.bank_reference.startswith("T-")


def test_the_calculation_behind_a_receipt_is_the_filed_original(session):
    assert '"reference":"PS0307-2570-0000001"' in calculation_of(session, paid(session))


def test_a_receipt_is_found_by_its_number_by_its_payer_only(session):
    issued, stranger = paid(session), factories.person(session)
    owner = session.scalars(sa.select(factories.Registration.applicant_id)).first()
    assert receipt_for(session, issued.number, person_id=owner, on=TODAY) is issued
    assert document(session, issued.number) is None
    with pytest.raises(NotFound):
        receipt_for(session, issued.number, person_id=stranger.id, on=TODAY)
    for number in ("2570-010100-9999999", "2570-010100-HEALTH-0000001"):
        with pytest.raises(NotFound):
            receipt(session, number)


def test_each_office_and_fiscal_year_counts_its_own(session):
    place = factories.establishment(session, office_code="020100")
    filed = factories.filed(session, place=place)
    message = factories.bank_message(factories.bill(session, filed))
    receive(session, message, actor="system", at=AT.replace(year=2027, month=10, day=1))
    numbers = session.scalars(sa.select(Receipt.number).where(Receipt.main_id.is_(None))).all()
    assert numbers == ["2571-020100-0000001"]
