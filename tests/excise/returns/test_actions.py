from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from excise.errors import Conflict, Invalid, NotAllowed, NotFound
from excise.people.models import Delegation
from excise.people.rules import Right
from excise.returns import actions
from excise.returns.models import AlreadyFiled, Basis, Form, Return, ReturnState
from excise.returns.queries import draft_of, months_owed, returns_within, work_out_draft
from excise.taxpayers.queries import Reach
from tests import factories
from tests.conftest import count
from tests.excise.at_once import at_once
from tests.factories import AT, MONTH, TARIFF, TODAY


def reason(refused):
    return refused.value.reason


def test_a_return_by_the_month_needs_a_guarantee(session):
    place = factories.establishment(session, guarantee=False)
    with pytest.raises(Invalid) as refused:
        factories.start(session, place)
    assert reason(refused) == "guarantee-missing"
    factories.start(session, place, basis=Basis.REMOVAL, day=TODAY)


def test_services_file_by_the_month_only_and_without_a_guarantee(session):
    place = factories.service(session)
    with pytest.raises(Invalid) as refused:
        factories.start(session, place, basis=Basis.REMOVAL, day=TODAY)
    assert reason(refused) == "services-file-by-month"
    assert factories.start(session, place).form is Form.SERVICES


def test_the_return_of_october_2026_is_due_on_monday_the_sixteenth(session):
    begun = factories.start(session, factories.establishment(session), day=date(2026, 10, 20))
    assert (begun.period, begun.due_on) == (MONTH, date(2026, 11, 16))
    assert begun.draft_reference == "D25700000001"


def test_goods_that_leave_pay_on_that_day(session):
    place = factories.establishment(session)
    begun = factories.start(session, place, basis=Basis.REMOVAL, day=date(2026, 11, 12))
    assert (begun.period, begun.removal_on, begun.due_on) == (
        date(2026, 11, 1),
        date(2026, 11, 12),
        date(2026, 11, 12),
    )


@pytest.mark.parametrize(
    ("basis", "day"),
    [
        (Basis.MONTH, date(2025, 12, 31)),
        (Basis.MONTH, date(2026, 12, 1)),
        (Basis.REMOVAL, date(2025, 12, 31)),
        (Basis.REMOVAL, TODAY + timedelta(days=61)),
    ],
)
def test_a_day_before_the_registration_or_too_far_ahead_is_not_open(session, basis, day):
    place = factories.establishment(session)
    place.guarantees[0].valid_from, place.guarantees[0].valid_until = (
        date(2025, 1, 1),
        date(2028, 1, 1),
    )
    with pytest.raises(Invalid) as refused:
        factories.start(session, place, basis=basis, day=day)
    assert refused.value.facts["field"] == "day"


def test_a_draft_of_the_month_is_continued_not_begun_twice(session):
    place = factories.establishment(session)
    begun = factories.start(session, place)
    assert factories.start(session, place, day=date(2026, 10, 31)) is begun
    assert factories.start(session, place, day=date(2026, 9, 1)) is not begun


def test_two_removals_of_one_day_are_two_returns_but_one_form_sent_twice_is_one(session):
    place = factories.establishment(session)
    removal = {"basis": Basis.REMOVAL, "day": TODAY}
    first = factories.start(session, place, submission_id="form-1", **removal)
    assert factories.start(session, place, submission_id="form-1", **removal) is first
    assert factories.start(session, place, **removal) is not first
    with pytest.raises(Conflict) as refused:
        factories.start(session, place, submission_id="form-1", basis=Basis.MONTH, day=MONTH)
    assert reason(refused) == "submission-reused"


def test_a_form_sent_for_another_establishment_does_not_count_for_this_one(session):
    place, other = (
        factories.establishment(session),
        factories.establishment(session, tax_id=factories.tax_id(3)),
    )
    factories.start(session, other, submission_id="form-1")
    with pytest.raises(Conflict):
        factories.start(session, place, submission_id="form-1")


def test_eight_begun_at_once_are_one_draft(database):
    with database.transaction() as session:
        place = factories.establishment(session)
        session.flush()
        session.expunge(place)

    def begin(_number):
        with database.transaction() as session:
            return factories.start(session, place).draft_reference

    assert set(at_once(8, begin)) == {"D25700000001"}
    with database.reading() as session:
        assert count(session, Return) == 1


def test_a_filed_month_is_not_begun_again(session):
    place = factories.establishment(session)
    filed = factories.filed(session, place=place)
    with pytest.raises(actions.MonthAlreadyFiled) as refused:
        factories.start(session, place)
    assert refused.value.facts["reference"] == filed.reference


def test_a_line_needs_a_price_on_its_day(session):
    place = factories.establishment(session)
    begun = factories.start(session, place)
    product = factories.product(session, place, price_from=date(2026, 10, 20))
    with pytest.raises(Invalid) as refused:
        factories.line(session, begun, product, on=date(2026, 10, 19))
    assert reason(refused) == "no-price-on-date"


def test_a_line_takes_the_price_and_is_worked_out_like_the_departments_slide(session):
    place = factories.establishment(session)
    begun = factories.start(session, place)
    factories.line(session, begun, factories.product(session, place), quantity=1)
    tax = work_out_draft(TARIFF, begun, on=TODAY)
    assert (tax.lines[0].value_tax_satang, tax.lines[0].quantity_tax_satang) == (8_02, 6_88)
    assert (tax.additions.net_excise_satang, tax.local_satang) == (14_90, 1_49)
    assert tax.additions.funds_satang == {"HEALTH": 30, "TPBS": 22, "SPORT": 30, "ELDERLY": 30}
    assert tax.total_satang == 14_90 + 1_49 + 30 + 22 + 30 + 30


def test_a_fraction_of_a_litre_of_petrol_counts_as_one(session):
    place = factories.establishment(session)
    petrol = factories.product(
        session,
        place,
        item="petrol_ulg",
        measures={"litres_per_unit": Decimal(1)},
        retail_satang=None,
        unit="ลิตร",
    )
    begun = factories.start(session, place)
    factories.line(session, begun, petrol, quantity=Decimal("10000.0001"))
    tax = work_out_draft(TARIFF, begun, on=TODAY)
    assert tax.additions.net_excise_satang == 10_001 * 7_50


@pytest.mark.parametrize(
    "quantity",
    ["0", "-1", "0.00001", "1E+30", "NaN", "sNaN", "Infinity", "-Infinity", "1E-100000"],
)
def test_a_quantity_that_cannot_be_is_refused(session, quantity):
    place = factories.establishment(session)
    begun, product = factories.start(session, place), factories.product(session, place)
    with pytest.raises(Invalid):
        factories.line(session, begun, product, quantity=Decimal(quantity))


@pytest.mark.parametrize("basis", list(Basis))
def test_a_tax_point_lies_within_its_return(session, basis):
    place = factories.establishment(session)
    begun = factories.start(session, place, basis=basis, day=date(2026, 10, 31))
    product = factories.product(session, place)
    for day in (date(2026, 9, 30), date(2026, 11, 1)):
        with pytest.raises(Invalid) as refused:
            factories.line(session, begun, product, on=day)
        assert refused.value.facts["field"] == "tax_point_on"


def test_a_service_enters_what_it_received(session):
    place = factories.service(session)
    club = factories.product(
        session, place, item="nightclub", measures={}, retail_satang=None, unit="บาท"
    )
    begun = factories.start(session, place)
    for nothing in (None, 0, -1, 10**19):
        with pytest.raises(Invalid):
            factories.line(session, begun, club, quantity=1, receipts_satang=nothing)
        session.expire(begun)
    factories.line(session, begun, club, quantity=1, receipts_satang=1_000_00)
    assert work_out_draft(TARIFF, begun, on=TODAY).additions.net_excise_satang == 100_00


def test_a_product_of_another_establishment_is_not_found(session):
    begun = factories.start(session, factories.establishment(session))
    foreign = factories.product(
        session, factories.establishment(session, tax_id=factories.tax_id(2))
    )
    with pytest.raises(NotFound):
        factories.line(session, begun, foreign)


def test_a_line_can_be_replaced_and_removed_and_keeps_its_number(session):
    place = factories.establishment(session)
    begun, product = factories.start(session, place), factories.product(session, place)
    for quantity in (1, 2, 3):
        factories.line(session, begun, product, quantity=quantity)
    factories.line(session, begun, product, quantity=20, position=2)
    remove = {"draft_reference": begun.draft_reference, "person_id": begun.created_by, "at": AT}
    actions.remove_line(session, position=1, **remove)
    actions.remove_line(session, position=1, **remove)
    assert [(line.position, line.quantity) for line in begun.lines] == [(2, 20), (3, 3)]
    assert factories.line(session, begun, product).position == 4
    with pytest.raises(NotFound):
        factories.line(session, begun, product, position=1)


def test_a_return_takes_five_hundred_lines_and_no_more(session, monkeypatch):
    monkeypatch.setattr(actions, "MAX_LINES", 3)
    place = factories.establishment(session)
    begun, product = factories.start(session, place), factories.product(session, place)
    for _ in range(3):
        factories.line(session, begun, product)
    with pytest.raises(Invalid) as refused:
        factories.line(session, begun, product)
    assert reason(refused) == "too-many-lines"


def test_a_change_of_the_lines_opens_a_finished_draft_again(session):
    ready = factories.draft(session)
    assert ready.lines_done
    factories.line(session, ready, ready.lines[0].product, quantity=5)
    assert not ready.lines_done


def test_only_a_month_can_be_empty(session):
    place = factories.establishment(session)
    removal = factories.start(session, place, basis=Basis.REMOVAL, day=TODAY)
    with pytest.raises(Invalid):
        factories.finished(session, removal)
    assert factories.finished(session, factories.start(session, place)).lines_done


def test_a_draft_can_be_thrown_away_and_begun_anew_but_not_after_filing(session):
    place = factories.establishment(session)
    ready = factories.draft(session, place=place)
    act = {"person_id": ready.created_by, "at": AT}
    actions.discard_draft(session, draft_reference=ready.draft_reference, **act)
    filed = factories.filed(session, place=place)
    for change in (actions.discard_draft, actions.finish_lines):
        with pytest.raises(AlreadyFiled):
            change(session, draft_reference=filed.draft_reference, **act)
    with pytest.raises(AlreadyFiled):
        factories.line(session, filed, filed.lines[0].product)


def test_a_stranger_finds_no_draft(session):
    ready, stranger = factories.draft(session), factories.person(session)
    with pytest.raises(NotFound):
        draft_of(session, ready.draft_reference, person_id=stranger.id, right=Right.VIEW, on=TODAY)
    ready.created_by = stranger.id  # what the factories act as
    with pytest.raises(NotFound):
        factories.file(session, ready)


def test_a_draft_read_before_the_lock_is_changed_as_it_is_now(database):
    with database.transaction() as session:
        ready = factories.draft(session)
        reference = ready.draft_reference
        ids = ready.id, ready.created_by
    if database.is_sqlite:
        pytest.skip("a writer of SQLite reads nothing older than its lock")
    with database.transaction() as late:
        seen = late.get_one(Return, ids[0])
        assert seen.state is ReturnState.DRAFT
        with database.transaction() as session:
            factories.file(session, session.get_one(Return, ids[0]))
        answer = factories.file(late, seen)
        assert answer.reference == "PS0307-2570-0000001"
        with pytest.raises(AlreadyFiled):
            actions.discard_draft(late, draft_reference=reference, person_id=ids[1], at=AT)


def test_months_without_a_return_are_outstanding_until_they_are_filed(session):
    place = factories.establishment(session, starts_on=date(2026, 8, 20))
    other = factories.establishment(session, tax_id=factories.tax_id(2), starts_on=MONTH)
    owed = [(place, date(2026, 8, 1)), (place, date(2026, 9, 1)), (place, MONTH)]
    assert months_owed(session, [place, other], today=TODAY) == [*owed, (other, MONTH)]
    factories.filed(session, place=place, quantity=0)
    factories.filed(session, place=other, quantity=0)
    factories.start(session, place, day=date(2026, 9, 1))
    assert months_owed(session, [place, other], today=TODAY) == owed[:2]
    assert months_owed(session, [place], today=date(2026, 8, 1)) == []


def test_returns_come_with_the_latest_change_first(session):
    place = factories.establishment(session)
    first = factories.start(session, place, day=date(2026, 8, 1))
    second = factories.start(session, place, at=AT + timedelta(minutes=1))
    query = returns_within(Reach([place.taxpayer_id]))
    assert session.scalars(query).all() == [second, first]


def test_midnight_in_bangkok_decides_the_day(session):
    place = factories.establishment(session)
    last_second = datetime(2026, 10, 31, 16, 59, 59, tzinfo=UTC)
    november = {"basis": Basis.MONTH, "day": date(2026, 11, 1)}
    with pytest.raises(Invalid):
        factories.start(session, place, at=last_second, **november)
    factories.start(session, place, at=last_second + timedelta(seconds=1), **november)


def test_a_deputy_who_prepares_does_not_file(session):
    ready, deputy = factories.draft(session), factories.person(session)
    session.add(
        Delegation(
            person_id=deputy.id,
            taxpayer_id=ready.registration.taxpayer_id,
            rights=["view", "prepare"],
            granted_at=AT,
            granted_by=ready.created_by,
        )
    )
    ready.created_by = deputy.id
    with pytest.raises(NotAllowed) as refused:
        factories.file(session, ready)
    assert refused.value.reason == "right-missing"
