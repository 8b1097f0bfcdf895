"""What is handed on: sums of a month, four eyes, transfers posted once, nothing twice."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from excise.checks import ledger_balanced, money_matches, remittances_match
from excise.errors import Conflict, Invalid, NotAllowed
from excise.ledger.models import Account, Entry
from excise.ledger.queries import balance
from excise.payments import corrections
from excise.payments.actions import receive
from excise.periods import local_date
from excise.remittance.actions import (
    PreparerCannotApprove,
    approve,
    give_back,
    prepare,
    record_answer,
    record_transfer,
)
from excise.remittance.bodies import CODES
from excise.remittance.models import PayeeKind, RemittanceState
from excise.remittance.queries import fund_shares, local_shares
from excise.taxpayers.provinces import PROVINCES
from tests import factories
from tests.factories import AT

MONTH = date(2026, 11, 1)
AFTER = datetime(2026, 12, 2, 3, 0, tzinfo=UTC)


@pytest.fixture
def accountant(session):
    return factories.officer(session, roles=("accountant",)).id


@pytest.fixture
def head(session):
    return factories.officer(session, roles=("finance_head",)).id


@pytest.fixture
def bill(session):
    """A paid return of a brewery at Ayutthaya."""
    bill = factories.bill(session, factories.filed(session))
    receive(session, factories.bank_message(bill), actor="system", at=AT)
    return bill


def prepared(session, accountant, at=AFTER):
    return prepare(session, month=MONTH, officer_id=accountant, at=at)


def approved(session, accountant, head):
    one = prepared(session, accountant)
    return approve(session, reference=one.reference, officer_id=head, at=AFTER)


def transferred(session, one, position, accountant, **changes):
    told = {
        "bank_code": "KTB",
        "transfer_no": f"OUT-{position}",
        "transferred_on": local_date(AFTER),
        "officer_id": accountant,
        "at": AFTER,
    }
    return record_transfer(session, reference=one.reference, position=position, **told | changes)


def sound(session):
    session.flush()
    session.expire_all()
    checks = (ledger_balanced, money_matches, remittances_match)
    return [fault for check in checks if (fault := check(session))]


def test_every_province_of_an_establishment_has_its_local_body():
    assert CODES.keys() == PROVINCES.keys()
    assert len(set(CODES.values())) == len(PROVINCES) == 77


def test_a_month_is_what_its_receipts_brought_by_fund_and_place(session, bill):
    told = bill.particulars
    funds = {fund["code"]: fund["amount_satang"] for fund in told["funds"]}
    assert {each.code: each.collected_satang for each in fund_shares(session, MONTH)} == funds
    assert [(each.code, each.amount_satang) for each in local_shares(session, MONTH)] == [
        ("14", told["local_satang"])
    ]
    assert not any(each.collected_satang for each in fund_shares(session, date(2026, 10, 1)))


def test_two_officers_hand_it_on_and_the_ledger_has_each_transfer_once(
    session, bill, accountant, head
):
    one = prepared(session, accountant)
    assert prepared(session, accountant) is one
    charged = [fund["amount_satang"] for fund in bill.particulars["funds"]]
    assert one.total_satang == sum(charged) + bill.particulars["local_satang"]
    with pytest.raises(Conflict, match="remittance-not-in-this-state"):
        transferred(session, one, 1, accountant)
    approve(session, reference=one.reference, officer_id=head, at=AFTER)
    approve(session, reference=one.reference, officer_id=head, at=AFTER)
    for item in one.items:
        transferred(session, one, item.position, accountant)
        transferred(session, one, item.position, accountant)
    with pytest.raises(Conflict, match="transfer-recorded"):
        transferred(session, one, 1, accountant, transfer_no="OTHER")
    assert balance(session, Account.PAYABLE_FUND) == balance(session, Account.PAYABLE_LOCAL) == 0
    assert balance(session, Account.BANK) == bill.amount_satang - one.total_satang
    causes = session.scalars(sa.select(Entry.cause).where(Entry.cause.startswith("remittance:")))
    assert len(list(causes)) == len(one.items)
    told = {"answer_no": "กท 1", "answered_on": local_date(AFTER), "at": AFTER}
    for _ in "ab":
        item = record_answer(
            session, reference=one.reference, position=1, officer_id=accountant, **told
        )
    assert item.answer_no == "กท 1"
    assert sound(session) == []
    assert prepared(session, accountant) is one


def test_who_prepared_it_never_approves_and_a_day_to_come_is_refused(session, bill, head):
    both = factories.officer(session, roles=("accountant", "finance_head")).id
    one = prepared(session, both)
    with pytest.raises(PreparerCannotApprove):
        approve(session, reference=one.reference, officer_id=both, at=AFTER)
    clerk = factories.officer(session, roles=("cashier",)).id
    with pytest.raises(NotAllowed):
        approve(session, reference=one.reference, officer_id=clerk, at=AFTER)
    approve(session, reference=one.reference, officer_id=head, at=AFTER)
    with pytest.raises(Invalid, match="day-in-future"):
        transferred(session, one, 1, both, transferred_on=date(2027, 1, 1))


def test_what_is_given_back_may_be_prepared_anew(session, bill, accountant, head):
    one = prepared(session, accountant)
    give_back(session, reference=one.reference, note="ผิด", officer_id=head, at=AFTER)
    session.flush()
    assert one.state is RemittanceState.GIVEN_BACK
    assert prepared(session, accountant).reference != one.reference


def test_a_month_waits_for_its_end_and_for_the_months_before(session, bill, accountant):
    with pytest.raises(Conflict, match="remittance-too-early"):
        prepared(session, accountant, at=AT)
    with pytest.raises(Conflict, match="remittance-before-missing"):
        prepare(
            session,
            month=date(2026, 12, 1),
            officer_id=accountant,
            at=datetime(2027, 1, 2, tzinfo=UTC),
        )
    with pytest.raises(Conflict, match="remittance-empty"):
        prepare(session, month=date(2026, 10, 1), officer_id=accountant, at=AFTER)


def test_what_is_above_the_national_cap_goes_to_the_treasury(
    session, bill, accountant, monkeypatch
):
    cap_satang = 2_000_000_000_00  # of the TPBS, a fiscal year
    charged = {fund["code"]: fund["amount_satang"] for fund in bill.particulars["funds"]}
    before = cap_satang - 1
    monkeypatch.setattr(
        "excise.remittance.queries._remitted",
        lambda _session, code, _month: before if code == "TPBS" else 0,
    )
    one = prepared(session, accountant)
    split = {item.kind: item.amount_satang for item in one.items if item.payee_code == "TPBS"}
    assert split == {PayeeKind.FUND: 1, PayeeKind.TREASURY: charged["TPBS"] - 1}


def test_what_the_bank_took_back_is_not_handed_on(session, bill, accountant, head):
    told = {"reason": "ธนาคารแจ้งยกเลิก", "submission_id": factories.fresh("S"), "at": AT}
    (payment,) = bill.payments
    asked = corrections.propose_reversal(
        session, payment_id=payment.id, officer_id=accountant, **told
    )
    corrections.approve(session, reference=asked.reference, officer_id=head, at=AT)
    session.flush()
    assert not any(share.collected_satang for share in fund_shares(session, MONTH))
    assert local_shares(session, MONTH) == []
