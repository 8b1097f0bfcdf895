"""Claims: the same litre goes back once, with four eyes, and the books know."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from excise.checks import ledger_balanced, money_matches
from excise.claims.actions import DeclarationUsed, NothingLeft, withdraw
from excise.claims.deciding import (
    ExaminerCannotDecide,
    decide,
    examine,
    give_back,
    record_paid,
)
from excise.claims.models import Claim, ClaimKind, ClaimNotInThisState, ClaimState, PaidQuantity
from excise.claims.queries import claimed, first_fault, offers
from excise.errors import Invalid, NotAllowed, NotFound
from excise.ledger.models import Account
from excise.ledger.queries import trial_balance
from excise.mail import written
from tests import factories
from tests.excise.at_once import at_once
from tests.factories import AT, TARIFF, TODAY

CANS = 10_000  # a can counts ten-thousandths


@pytest.fixture
def paid(session):
    return factories.paid(session)


def left(session, paid):
    return [
        one.left_units // CANS for one in offers(session, paid.registration.taxpayer_id, on=TODAY)
    ]


def officers(session, paid):
    office = paid.registration.office_code
    return [
        factories.officer(session, office=office, roles=[role]).id
        for role in ("auditor", "assessor", "accountant")
    ]


def approved(session, claim, paid):
    auditor, assessor, accountant = officers(session, paid)
    how = {"reference": claim.reference, "at": AT}
    examine(session, approves=True, finding="เอกสารครบ", officer_id=auditor, **how)
    decide(session, tariff=TARIFF, officer_id=assessor, **how)
    return accountant


def test_a_claim_uses_up_what_was_paid_and_no_more(session, paid):
    declared = paid.lines[0].units // CANS
    factories.claim(session, paid, 10)
    assert left(session, paid) == [declared - 10]
    with pytest.raises(NothingLeft) as refused:
        factories.claim(session, paid, declared - 9)
    assert refused.value.facts["left"] == str(declared - 10)
    factories.claim(session, paid, declared - 10)
    assert left(session, paid) == []
    assert first_fault(session) is None


def test_all_parts_together_are_the_tax_that_was_paid(session, paid):
    (offer,) = offers(session, paid.registration.taxpayer_id, on=TODAY)
    third = offer.units // CANS // 3
    parts = [third, third, offer.units // CANS - 2 * third]
    claims = [factories.claim(session, paid, part) for part in parts]
    assert sum(one.excise_satang for one in claims) == offer.excise_satang


def test_nothing_can_be_claimed_before_the_bill_is_paid(session):
    unpaid = factories.filed(session)
    assert offers(session, unpaid.registration.taxpayer_id, on=TODAY) == []


def test_the_database_itself_refuses_to_use_more_than_there_is(session, paid):
    factories.claim(session, paid, 10)
    row = session.scalars(sa.select(PaidQuantity)).one()
    with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
        session.execute(sa.update(PaidQuantity).values(used_units=row.units + 1))


def test_an_export_declaration_stands_in_one_claim(session, paid):
    first = factories.claim(session, paid, declaration_no="A0201691000456")
    with pytest.raises(DeclarationUsed):
        factories.claim(session, paid, declaration_no="A0201691000456")
    place = paid.registration
    withdraw(session, reference=first.reference, person_id=place.applicant_id, at=AT)
    factories.claim(session, paid, declaration_no="A0201691000456")


def test_a_repeat_is_the_original(session, paid):
    first = factories.claim(session, paid, 10, submission_id="press")
    assert factories.claim(session, paid, 10, submission_id="press") is first
    assert session.scalars(sa.select(PaidQuantity)).one().used_units == 10 * CANS


def test_what_is_missing_is_said(session, paid):
    for missing in ({"reason": " "}, {"payee": ""}, {"declaration_no": ""}, {"units": {}}):
        with pytest.raises(Invalid):
            factories.claim(session, paid, **missing)
    with pytest.raises(Invalid):
        factories.claim(session, paid, happened_on=TODAY + timedelta(days=1))


def test_whoever_examines_never_decides(session, paid):
    claim = factories.claim(session, paid)
    office = paid.registration.office_code
    both = factories.officer(session, office=office, roles=["auditor", "assessor"]).id
    how = {"reference": claim.reference, "officer_id": both, "at": AT}
    examine(session, approves=True, finding="เอกสารครบ", **how)
    with pytest.raises(ExaminerCannotDecide):
        decide(session, tariff=TARIFF, **how)
    with pytest.raises(ExaminerCannotDecide):
        give_back(session, note="ดูอีกครั้ง", **how)
    assert claim.state is ClaimState.EXAMINED


def test_roles_and_offices_are_checked_in_the_action(session, paid):
    claim = factories.claim(session, paid)
    cashier = factories.officer(session, office=paid.registration.office_code, roles=["cashier"])
    foreign = factories.officer(session, office="020100", roles=["auditor"])
    for officer, refused in ((cashier, NotAllowed), (foreign, NotFound)):
        with pytest.raises(refused):
            examine(
                session,
                reference=claim.reference,
                approves=True,
                finding="ครบ",
                officer_id=officer.id,
                at=AT,
            )


def test_an_approved_claim_is_posted_once_and_paid_once(session, paid):
    before = trial_balance(session)
    claim = factories.claim(session, paid, 10)
    accountant = approved(session, claim, paid)
    after = trial_balance(session)
    assert after[Account.PAYABLE_REFUND] == -claim.total_satang
    assert after[Account.REVENUE_EXCISE] - before[Account.REVENUE_EXCISE] == claim.excise_satang
    assert first_fault(session) is None
    how = {"tariff": TARIFF, "bank_code": "006", "allow_assumed": True, "officer_id": accountant}
    how |= {"reference": claim.reference, "transfer_no": "T-1", "paid_on": TODAY, "at": AT}
    record_paid(session, **how)
    record_paid(session, **how)
    assert trial_balance(session)[Account.PAYABLE_REFUND] == 0
    session.flush()
    assert money_matches(session) is None
    assert ledger_balanced(session) is None
    assert first_fault(session) is None


def test_interest_is_paid_after_the_months_of_grace(session, paid):
    claim = factories.claim(session, paid, 100)
    accountant = approved(session, claim, paid)
    late = AT + timedelta(days=120)
    record_paid(
        session,
        tariff=TARIFF,
        reference=claim.reference,
        bank_code="006",
        transfer_no="T-1",
        paid_on=date(2027, 3, 10),
        allow_assumed=True,
        officer_id=accountant,
        at=late,
    )
    assert claim.interest_satang == round(claim.total_satang * 0.01)
    assert money_matches(session) is None


def test_what_is_refused_may_be_claimed_again(session, paid):
    claim = factories.claim(session, paid, 10)
    auditor, assessor, _ = officers(session, paid)
    how = {"reference": claim.reference, "at": AT}
    examine(session, approves=False, finding="ไม่มีใบขน", officer_id=auditor, **how)
    with pytest.raises(ClaimNotInThisState):
        withdraw(
            session, person_id=paid.registration.applicant_id, reference=claim.reference, at=AT
        )
    decide(session, tariff=TARIFF, officer_id=assessor, **how)
    assert claim.state is ClaimState.REFUSED
    assert session.scalars(sa.select(PaidQuantity)).one().used_units == 0
    assert claimed(session) == []
    assert first_fault(session) is None


def test_rules_see_the_lines_of_claims_that_stand(session, paid):
    factories.claim(session, paid, 10, kind=ClaimKind.MATERIALS)
    (line,) = claimed(session, since=TODAY, until=TODAY)
    assert (line.form, line.units, line.tax_id) == ("0503", 10 * CANS, factories.TAX_ID)
    assert line.receipt_no
    assert claimed(session, since=TODAY + timedelta(days=1)) == []


@pytest.mark.parametrize("state", ["sent", "approved", "refused", "paid"])
def test_every_state_that_people_hear_of_has_its_letter(state):
    told = written(f"claim_{state}", {"name": "น", "reference": "PS0501-1", "finding": "ครบ"})
    assert "PS0501-1" in told


def test_eight_at_once_never_claim_the_same_can_twice(database):
    with database.transaction() as session:
        paid = factories.paid(session)
        returned = paid.id
        each = paid.lines[0].units // CANS // 3  # room for three of the eight

    def claim(number):
        with database.transaction() as session:
            one = session.get_one(type(paid), returned)
            return factories.claim(session, one, each, submission_id=f"press-{number}").reference

    answers = at_once(8, claim)
    assert sum(isinstance(answer, str) for answer in answers) == 3, answers
    assert all(isinstance(answer, str | NothingLeft) for answer in answers), answers
    with database.reading() as session:
        assert first_fault(session) is None
        assert session.scalar(sa.select(sa.func.count(Claim.id))) == 3
