"""A proposal becomes a debt once, by other eyes than those that prepared it."""

import hashlib
import json
from datetime import date

import pytest
import sqlalchemy as sa

from excise.assessments import actions
from excise.assessments.actions import PreparerCannotApprove
from excise.assessments.approval import RestsOnAssumedLaw
from excise.assessments.models import Assessment, AssessmentState, NotInThisState
from excise.assessments.queries import bill_of_assessment, work_out_assessment
from excise.cases import actions as casework
from excise.cases.models import Discrepancy
from excise.cases.models import NotInThisState as CaseNotInThisState
from excise.cases.rules import DiscrepancyState
from excise.documents.assessment import NoticeFacts
from excise.documents.facts import facts_hash
from excise.documents.models import Original
from excise.errors import NotAllowed, NotFound
from excise.evidence.models import Channel, Delivery, DeliveryState
from excise.ledger.models import Account, Entry
from excise.ledger.queries import trial_balance
from excise.matching.models import Run
from excise.offices.models import Office
from excise.payments.models import Bill
from excise.returns.filing import FiguresChanged
from excise.tariff.entries import Tariff
from tests import factories
from tests.conftest import count
from tests.excise.assessments.test_actions import case
from tests.excise.at_once import at_once
from tests.factories import AT, TARIFF

NUMBER = "TS0118-2570-010100-0000001"


def proposed(session, **changes):
    return factories.assessment(session, case(session, **changes), proposed=True)


def test_eight_approvals_at_once_are_one_number_one_entry_one_bill(database):
    with database.transaction() as session:
        one = proposed(session)
        number, total = one.id, work_out_assessment(TARIFF, one).total_satang
        assessor = factories.officer(session, roles=("assessor",)).id

    def approve(_number):
        with database.transaction() as session:
            waiting = session.get_one(Assessment, number)
            officer = session.get_one(factories.Officer, assessor)
            return factories.approved(
                session, waiting, assessor=officer, agreed_satang=total
            ).number

    assert set(at_once(8, approve)) == {NUMBER}
    with database.reading() as session:
        assert [count(session, record) for record in (Entry, Bill, Original)] == [1, 1, 1]


def test_of_two_approvers_one_is_told_that_it_is_done(session):
    one = proposed(session)
    total = work_out_assessment(TARIFF, one).total_satang
    factories.approved(session, one)
    with pytest.raises(NotInThisState):
        factories.approved(session, one, agreed_satang=total)


def test_approval_posts_every_part_to_its_account(session):
    one = factories.approved(session, proposed(session))
    balances = trial_balance(session)
    tax, penalty, surcharge = 275_178_00, 2 * 275_178_00, 0
    assert balances[Account.REVENUE_EXCISE] == -tax
    assert balances[Account.REVENUE_PENALTY] == -penalty
    assert Account.REVENUE_SURCHARGE not in balances
    assert balances[Account.PAYABLE_LOCAL] == -(tax + penalty + surcharge) // 10
    assert balances[Account.PAYABLE_FUND] == -20_638_35
    assert balances[Account.RECEIVABLE] == one.total_satang
    assert sum(balances.values()) == 0


def test_the_bill_is_due_thirty_days_after_approval(session):
    one = factories.approved(session, proposed(session))
    bill = bill_of_assessment(session, one.number)
    assert (bill.due_on, bill.amount_satang) == (date(2026, 12, 10), one.total_satang)
    assert bill.ref2 == "011825691000"
    assert bill.particulars["tax_return"]["form"] == "ตส.01-18"
    assert bill.particulars["tax_return"]["reference"] == NUMBER
    assert bill.particulars["tax_return"]["original_sha256"] == one.original_sha256


def test_the_original_says_everything_that_was_approved(session):
    session.add(
        Delivery(
            receipt_no="VS-2570-0000001", source_code="RD", document_no="d", channel=Channel.FILE,
            name="x.csv", content_sha256="c" * 64, rows_sha256="r" * 64, received_at=AT,
            received_by="system", row_count=1, accepted_count=1, amount_satang=1,
            periods=["2026-10-01"], state=DeliveryState.READ, read_at=AT,
        )
    )  # fmt: skip
    one = factories.approved(session, proposed(session))
    original = session.get_one(Original, one.original_sha256)
    assert hashlib.sha256(original.content.encode()).hexdigest() == one.original_sha256
    told = json.loads(original.content)
    facts = NoticeFacts.model_validate(told["notice"])
    assert facts_hash(facts) == one.facts_hash
    assert facts.number == NUMBER
    assert facts.total_satang == told["tax"]["total_satang"] == one.total_satang
    assert facts.reasons.discretion == one.discretion
    assert facts.pay_by == date(2026, 12, 10)
    assert (facts.penalty_multiple, facts.penalty_remaining_pct) == ("2", "100")
    assert [fund.amount_satang for fund in facts.funds] == [5_503_56, 4_127_67, 5_503_56, 5_503_56]
    found = one.discrepancy
    assert told["evidence"]["discrepancy"] == found.reference
    assert told["evidence"]["run_id"] == found.run_id
    assert told["evidence"]["deliveries"] == [
        {"receipt_no": "VS-2570-0000001", "source": "RD", "sha256": "c" * 64}
    ]


def test_the_discrepancy_ends_assessed(session):
    one = factories.approved(session, proposed(session))
    assert one.discrepancy.state is DiscrepancyState.ASSESSED
    assert (one.discrepancy.events[-1].act, one.discrepancy.events[-1].note) == ("assessed", NUMBER)


def test_who_prepared_never_approves_whatever_the_roles(session):
    both = factories.officer(session, roles=("auditor", "assessor"))
    one = factories.assessment(session, case(session), auditor=both, proposed=True)
    with pytest.raises(PreparerCannotApprove):
        factories.approved(session, one, assessor=both)
    with pytest.raises(NotAllowed):
        factories.approved(session, one, assessor=factories.officer(session, roles=("auditor",)))
    stranger = factories.officer(session, roles=("assessor",), office="020100")
    with pytest.raises(NotFound):
        factories.approved(session, one, assessor=stranger)
    assert [count(session, record) for record in (Entry, Bill)] == [0, 0]


def test_only_what_was_proposed_is_approved(session):
    draft = factories.assessment(session, case(session))
    with pytest.raises(NotInThisState):
        factories.approved(session, draft)


def test_another_total_than_agreed_is_not_approved(session):
    one = proposed(session)
    with pytest.raises(FiguresChanged) as refused:
        factories.approved(session, one, agreed_satang=1)
    total = work_out_assessment(TARIFF, one).total_satang
    assert refused.value.facts["total_satang"] == total
    assert one.state is AssessmentState.PROPOSED


def test_assumed_law_becomes_no_debt_outside_the_demonstration(session):
    one = proposed(session)
    with pytest.raises(RestsOnAssumedLaw) as refused:
        factories.approved(session, one, allow_assumed=False)
    for named in ("มาตรา 150 (local_tax_base)", "penalty_full_pct", "fund_base"):
        assert named in refused.value.facts["law"]
    assert [count(session, record) for record in (Entry, Bill, Original)] == [0, 0, 0]


def test_confirmed_law_is_approved_outside_the_demonstration(session, monkeypatch):
    one = proposed(session)
    text = TARIFF.model_dump_json(by_alias=True).replace('"assumed"', '"official"')
    monkeypatch.setattr(factories, "TARIFF", Tariff.model_validate_json(text))
    approved = factories.approved(session, one, allow_assumed=False)
    assert approved.state is AssessmentState.APPROVED


def test_the_notice_names_the_approver_with_the_office_that_is_theirs(session):
    region = factories.officer(session, roles=("assessor",), office="010000")
    one = factories.approved(session, proposed(session), assessor=region)
    told = json.loads(session.get_one(Original, one.original_sha256).content)["notice"]
    assert told["approver"] == "สมศรี ตรวจการ"
    assert told["approver_office"] == session.get_one(Office, "010000").name_th
    assert told["office"]["code"] == "010100"


def test_what_a_new_run_settled_meanwhile_is_not_assessed(session):
    one = proposed(session)
    found = one.discrepancy
    run = Run(period=found.period, tax_id=None, cause="x", ran_at=AT, rules_sha256="", counts={})
    session.add(run)
    session.flush()
    casework.take_note(
        session, [], run_id=run.id, period=found.period, taxpayer_id=found.taxpayer_id, at=AT
    )
    with pytest.raises(CaseNotInThisState), session.begin_nested():
        factories.approved(session, one)
    session.expire_all()
    assert session.get_one(Discrepancy, found.id).state is DiscrepancyState.CLOSED
    assert [count(session, record) for record in (Entry, Bill)] == [0, 0]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE assessment SET total_satang = 1",
        "UPDATE assessment SET facts = 'x'",
        "UPDATE assessment SET number = 'x'",
        "DELETE FROM assessment",
        "UPDATE assessment_line SET units = 1",
        "DELETE FROM assessment_line",
    ],
)
def test_the_database_refuses_to_change_what_was_approved(session, statement):
    factories.approved(session, proposed(session))
    session.flush()
    with pytest.raises(sa.exc.IntegrityError, match="does not change"):
        session.execute(sa.text(statement))


def test_what_is_approved_is_neither_withdrawn_nor_given_back(session):
    one = factories.approved(session, proposed(session))
    with pytest.raises(NotInThisState):
        actions.withdraw(session, reference=one.reference, officer_id=one.prepared_by, at=AT)
    with pytest.raises(NotInThisState):
        actions.give_back(
            session, reference=one.reference, officer_id=one.approved_by, reason="x", at=AT
        )


def test_each_office_and_fiscal_year_counts_its_own_notices(session):
    place = factories.establishment(session, office_code="020100")
    other = factories.assessment(session, case(session, place=place), proposed=True)
    later = AT.replace(year=2027, month=10)
    assert factories.approved(session, other, at=later).number == "TS0118-2571-020100-0000001"
