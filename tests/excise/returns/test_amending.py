"""Versions of a return: what they charge, what they leave as it is."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from excise.documents.models import Original
from excise.errors import NotAllowed, NotFound
from excise.ledger.models import Account, Entry, Posting
from excise.matching.declared import snapshot
from excise.payments.actions import Outcome, receive
from excise.payments.credit import credit_of
from excise.payments.models import Bill, Payment
from excise.people.models import Delegation
from excise.returns.amending import (
    AlreadyAmended,
    change_by,
    compared_lines,
    earlier_versions,
    newest,
    start_amendment,
)
from excise.returns.billing import PartlyPaid
from excise.returns.filing import FiguresChanged, file_return
from excise.returns.models import Basis, ReturnState
from excise.returns.queries import work_out_draft
from excise.trials.queries import filed_ids
from tests import factories
from tests.conftest import count
from tests.factories import AT, MONTH, TARIFF, TODAY

TOTAL = 17_506_33  # 1,000 cans: tax, local tax, four funds
LATE = datetime(2026, 11, 20, 3, tzinfo=UTC)  # the month was due on the 16th


def of_month(session, quantity=1000, at=AT, **changes):
    """A filed month of beer."""
    ready = factories.draft(
        session, quantity=quantity, basis=Basis.MONTH, day=MONTH, at=at, **changes
    )
    return factories.file(session, ready, at=at)


def begin(session, filed, *, at=AT, by=None, submission_id=None):
    return start_amendment(
        session,
        reference=filed.reference,
        person_id=by or filed.created_by,
        submission_id=submission_id or factories.fresh("amend"),
        at=at,
    )


def send(session, draft, *, at=AT, agreed_satang=None):
    factories.finished(session, draft, at=at)
    tax = work_out_draft(TARIFF, draft, on=at.date())
    total = change_by(session, TARIFF, draft, tax, on=at.date()).total_satang
    return file_return(
        session,
        tariff=TARIFF,
        draft_reference=draft.draft_reference,
        person_id=draft.created_by,
        agreed_satang=total if agreed_satang is None else agreed_satang,
        origin="127.0.0.1",
        at=at,
    )


def amended(session, filed, quantity, *, at=AT):
    draft = begin(session, filed, at=at)
    factories.line(session, draft, draft.lines[0].product, quantity=quantity, position=1, at=at)
    return send(session, draft, at=at)


def pay(session, filed, transaction="T-9"):
    bill = factories.bill(session, filed)
    message = factories.bank_message(bill, transaction_id=transaction)
    assert receive(session, message, actor="system", at=AT) is Outcome.ALLOCATED


def charges(session):
    """What stands on each account and part, but what the bank brought."""
    rows = session.execute(
        sa.select(Posting.account, Posting.part, sa.func.sum(Posting.amount_satang))
        .join(Entry)
        .where(Entry.cause.startswith("return:"))
        .group_by(Posting.account, Posting.part)
    )
    return {(account, part): int(satang) for account, part, satang in rows if satang}


def owed(session):
    query = sa.select(sa.func.sum(Posting.amount_satang)).where(
        Posting.account == Account.RECEIVABLE
    )
    return int(session.scalar(query) or 0)


def open_bills(session):
    return [
        bill.amount_satang
        for bill in session.scalars(sa.select(Bill).order_by(Bill.id))
        if bill.is_open
    ]


def test_an_amendment_begins_with_the_lines_as_sent_and_is_continued(session):
    filed = of_month(session)
    draft = begin(session, filed)
    assert (draft.version, draft.amends_id, draft.state) == (2, filed.id, ReturnState.DRAFT)
    assert [(line.units, line.product_id) for line in draft.lines] == [
        (line.units, line.product_id) for line in filed.lines
    ]
    assert begin(session, filed) is draft


def test_only_who_may_prepare_amends(session):
    filed, stranger = of_month(session), factories.person(session)
    with pytest.raises(NotFound):
        begin(session, filed, by=stranger.id)
    session.add(
        Delegation(
            person_id=stranger.id,
            taxpayer_id=filed.registration.taxpayer_id,
            rights=["view"],
            granted_at=AT,
            granted_by=filed.created_by,
        )
    )
    with pytest.raises(NotAllowed):
        begin(session, filed, by=stranger.id)


def test_more_before_the_due_date_is_the_plain_difference(session):
    filed = of_month(session)
    second = amended(session, filed, 2000)
    assert open_bills(session) == [TOTAL, second.total_satang]
    both = filed.total_satang + second.total_satang
    assert owed(session) == both
    alone = of_month(session, 2000, place=factories.establishment(session, tax_id=_other()))
    assert alone.total_satang == both


def test_more_after_the_due_date_costs_penalty_and_surcharge_on_what_is_added(session):
    filed = of_month(session)
    second = amended(session, filed, 1500, at=LATE)
    content = json.loads(session.get_one(Original, second.original_sha256).content)
    change = content["change"]
    added = change["excise_satang"]
    assert added == 7_449_50
    assert change["surcharge_satang"] == 111_74  # 1.5% of it for a month begun
    assert change["penalty_satang"] == 148_99  # once the tax, of which 2% remain
    assert change["local_satang"] == 771_02  # a tenth of the three
    assert second.total_satang == sum(
        (added, 111_74, 148_99, 771_02, *change["funds_satang"].values())
    )
    [bill] = [b for b in session.scalars(sa.select(Bill)) if b.cause.endswith(second.reference)]
    assert bill.amount_satang == second.total_satang
    assert bill.particulars["lines"][0]["amount_satang"] == added
    assert owed(session) == TOTAL + second.total_satang


def test_less_of_an_unpaid_return_is_one_new_bill(session):
    filed = of_month(session)
    second = amended(session, filed, 400)
    alone = of_month(session, 400, place=factories.establishment(session, tax_id=_other()))
    assert second.total_satang == alone.total_satang - filed.total_satang
    assert factories.bill(session, filed).withdrawn_at == AT
    bill = factories.bill(session, second)
    assert bill.amount_satang == alone.total_satang
    assert bill.particulars["tax_satang"] == sum(
        line["amount_satang"] for line in bill.particulars["lines"]
    )
    message = factories.bank_message(factories.bill(session, filed))
    assert receive(session, message, actor="system", at=AT) is Outcome.UNALLOCATED
    assert session.scalars(sa.select(Payment.reason)).one() == "bill-withdrawn"


def test_less_of_a_paid_return_stands_on_the_account(session):
    filed = of_month(session)
    pay(session, filed)
    second = amended(session, filed, 400)
    assert second.total_satang < 0
    assert (owed(session), open_bills(session)) == (0, [])
    assert credit_of(session, filed.registration.taxpayer_id) == -second.total_satang


def test_less_while_one_bill_is_paid_and_another_is_not_waits(session):
    filed = of_month(session)
    pay(session, filed)
    second = amended(session, filed, 2000)
    with pytest.raises(PartlyPaid) as refused:
        amended(session, second, 400)
    assert refused.value.facts["ref1"] == factories.bill(session, second).ref1


def test_nothing_changed_charges_nothing(session):
    filed = of_month(session)
    second = send(session, begin(session, filed))
    assert (second.total_satang, count(session, Bill), count(session, Entry)) == (0, 1, 1)


def test_back_and_forth_leaves_the_charges_of_the_first(session):
    filed = of_month(session)
    before = charges(session)
    second = amended(session, filed, 1700, at=LATE)
    third = amended(session, second, 1000, at=LATE + timedelta(days=30))
    assert charges(session) == before
    assert third.total_satang == -second.total_satang
    assert open_bills(session) == [TOTAL]


def test_less_of_a_late_return_leaves_what_the_right_figures_would_have_cost(session):
    second = amended(session, of_month(session, at=LATE), 400, at=LATE + timedelta(days=9))
    found = charges(session)
    other = factories.establishment(session, tax_id=_other())
    alone = of_month(session, 400, at=LATE, place=other)
    assert {key: 2 * satang for key, satang in found.items()} == charges(session)
    bills = [factories.bill(session, each).particulars for each in (second, alone)]
    parts = ("tax_satang", "penalty_satang", "surcharge_satang", "local_satang", "funds")
    assert [bills[0][part] for part in parts] == [bills[1][part] for part in parts]


def test_a_nil_return_is_amended_and_an_amendment_may_be_nil(session):
    place = factories.establishment(session)
    nil = of_month(session, 0, place=place)
    draft = begin(session, nil)
    factories.line(session, draft, factories.product(session, place), quantity=1000)
    second = send(session, draft)
    assert second.total_satang == TOTAL
    third = begin(session, second)
    third.lines.clear()
    assert send(session, third).total_satang == -TOTAL
    assert open_bills(session) == []


def test_a_removal_is_amended_too_and_may_not_have_happened(session):
    filed = factories.filed(session)
    draft = begin(session, filed)
    draft.lines.clear()
    second = send(session, draft)
    assert (second.removal_on, second.total_satang) == (filed.removal_on, -TOTAL)


def test_the_version_that_counts_is_amended_and_no_other(session):
    filed = of_month(session)
    second = amended(session, filed, 900)
    with pytest.raises(AlreadyAmended) as refused:
        begin(session, filed)
    assert refused.value.facts["reference"] == second.reference
    third = amended(session, second, 800)
    assert newest(session, filed) is third
    assert earlier_versions(session, third) == [second, filed]
    assert [one.version for one in (filed, second, third)] == [1, 2, 3]


def test_sending_again_is_the_first_answer_and_a_changed_total_is_refused(session):
    draft = begin(session, of_month(session))
    with pytest.raises(FiguresChanged) as refused:
        send(session, draft, agreed_satang=1)
    assert refused.value.facts["total_satang"] == 0
    second = send(session, draft)
    again = file_return(
        session,
        tariff=TARIFF,
        draft_reference=draft.draft_reference,
        person_id=draft.created_by,
        agreed_satang=5,
        origin="",
        at=LATE,
    )
    assert (again, again.filed_at) == (second, AT)


def test_the_earlier_original_is_the_same_for_ever(session):
    filed = of_month(session)
    before = session.get_one(Original, filed.original_sha256).content
    amended(session, filed, 2000)
    session.expire_all()
    assert session.get_one(Original, filed.original_sha256).content == before
    assert (filed.total_satang, filed.version) == (TOTAL, 1)


def test_the_last_version_alone_is_compared_and_tried(session):
    filed = of_month(session)
    second = amended(session, filed, 2000)
    taken = snapshot(session, TARIFF, period=MONTH, today=TODAY)
    assert taken.tables()["declared"]["units"].to_pylist() == [2000 * 10_000]
    assert list(filed_ids(session, since=MONTH, until=MONTH)) == [second.id]
    third = begin(session, second)
    taken = snapshot(session, TARIFF, period=MONTH, today=TODAY, without=third.amends_id)
    assert len(taken.tables()["declared"]) == 0


def test_lines_stand_side_by_side(session):
    filed = of_month(session)
    draft = begin(session, filed)
    factories.line(session, draft, draft.lines[0].product, quantity=10, position=1)
    other = factories.product(session, filed.registration, name="อีกยี่ห้อ")
    factories.line(session, draft, other, quantity=5)
    second = send(session, draft)
    rows = [
        (row.units_before, row.units_after, row.is_changed)
        for row in compared_lines(session, second)
    ]
    assert rows == [(10_000_000, 100_000, True), (None, 50_000, True)]


def _other():
    return factories.tax_id(77)
