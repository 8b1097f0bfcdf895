from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from excise.audit import AuditEntry
from excise.errors import Conflict, Invalid, NotAllowed, NotFound
from excise.people.models import Delegation
from excise.products.actions import PriceAlreadyNotified
from excise.products.models import Price, Product
from excise.products.queries import products_of
from tests import factories
from tests.conftest import count
from tests.excise.at_once import at_once
from tests.factories import AT, BEER, TARIFF, TODAY


def day(offset):
    return TODAY + timedelta(days=offset)


def priced(session, *prices):
    """A product with these prices, each (first day, baht)."""
    product = factories.product(session, factories.establishment(session), retail_satang=None)
    for first_day, baht in prices:
        factories.price(session, product, retail_satang=baht * 100, effective_from=first_day)
    return product


def test_the_price_in_force_on_the_tax_point_counts(session):
    product = priced(session, (day(-10), 39), (day(20), 42), (day(10), 41))
    told = [(-11, None), (-10, 39_00), (9, 39_00), (10, 41_00), (19, 41_00), (20, 42_00)]
    for known in ("in memory", "read back"):
        found = [(offset, product.price_on(day(offset))) for offset, _ in told]
        assert [(o, price and price.retail_incl_vat_satang) for o, price in found] == told, known
        session.flush()
        session.expire(product)


def test_the_price_without_vat_follows_from_the_retail_price(session):
    [price] = priced(session, (TODAY, 39)).prices
    assert (price.srp_ex_vat_satang, price.reference) == (36_45, "SRP25700000001")


def test_the_first_price_may_begin_earlier_but_a_change_may_not(session):
    product = priced(session, (day(-300), 39))
    with pytest.raises(Invalid) as refused:
        factories.price(session, product, effective_from=day(-1))
    assert refused.value.reason == "price-change-backdated"
    factories.price(session, product, effective_from=TODAY)


def test_two_prices_from_one_day_are_refused(session):
    product = priced(session, (TODAY, 39))
    with pytest.raises(PriceAlreadyNotified):
        factories.price(session, product, effective_from=TODAY, retail_satang=41_00)


def test_two_prices_from_one_day_are_refused_by_the_database_too(session):
    product = priced(session, (TODAY, 39))
    session.flush()
    with pytest.raises(sa.exc.IntegrityError):
        session.execute(
            sa.text(
                "INSERT INTO price (reference, submission_id, product_id, effective_from,"
                " retail_incl_vat_satang, srp_ex_vat_satang, notified_at, notified_by)"
                " SELECT 'SRP-x', 'x', product_id, effective_from, 4100, 3832, notified_at,"
                " notified_by FROM price WHERE product_id = :product"
            ),
            {"product": product.id},
        )


def test_eight_prices_at_once_from_one_day_leave_one(database):
    with database.transaction() as session:
        product = priced(session).id

    def notify(number):
        with database.transaction() as session:
            one = session.get_one(Product, product)
            return factories.price(session, one, retail_satang=39_00 + number).reference

    answers = at_once(8, notify)
    assert sum(isinstance(answer, PriceAlreadyNotified) for answer in answers) == 7
    with database.reading() as session:
        assert count(session, Price) == 1


def test_the_same_notice_again_is_its_first_answer(session):
    product = priced(session)
    first = factories.price(session, product, submission_id="form-1")
    assert factories.price(session, product, submission_id="form-1") is first
    with pytest.raises(Conflict) as refused:
        factories.price(session, product, submission_id="form-1", retail_satang=41_00)
    assert refused.value.reason == "submission-reused"


def test_a_notice_sent_for_another_product_does_not_count_for_this_one(session):
    product = priced(session)
    other = factories.product(session, product.registration, retail_satang=None)
    factories.price(session, product, submission_id="form-1")
    with pytest.raises(Conflict):
        factories.price(session, other, submission_id="form-1")


@pytest.mark.parametrize("satang", [0, -1])
def test_a_price_is_above_zero(session, satang):
    with pytest.raises(Invalid):
        factories.price(session, priced(session), retail_satang=satang)


@pytest.mark.parametrize("satang", [10**13 + 1, 10**25])
def test_a_price_that_no_calculation_takes_is_refused(session, satang):
    with pytest.raises(Invalid):
        factories.price(session, priced(session), retail_satang=satang)


def test_a_product_lies_within_its_registration(session):
    place = factories.establishment(session, duty_groups=["7001"])
    for item in ("gasohol_e10", "no-such-item"):
        with pytest.raises(Invalid) as refused:
            factories.product(session, place, item=item)
        assert refused.value.reason == "item-outside-registration"


@pytest.mark.parametrize("gtin", ["8851234567890", "88512345678", "", "x", "8851234567898 1"])
def test_a_wrong_gtin_is_refused(session, gtin):
    with pytest.raises(Invalid) as refused:
        factories.product(session, factories.establishment(session), gtin=gtin)
    assert refused.value.facts["field"] == "gtin"


def test_a_gtin_is_one_product_however_it_is_typed(session):
    place = factories.establishment(session)
    assert factories.product(session, place, gtin="885 1234 56789-8").gtin == "8851234567898"
    with pytest.raises(Conflict):
        factories.product(session, place, gtin="8851234567898")


@pytest.mark.parametrize(
    "measures",
    [
        {"volume_l": BEER["volume_l"]},
        BEER | {"degree": Decimal("-1")},
        BEER | {"degree": Decimal(101)},
        BEER | {"degree": Decimal("NaN")},
        BEER | {"degree": Decimal("sNaN")},
        BEER | {"degree": Decimal("Infinity")},
        BEER | {"degree": Decimal("5.001")},
        BEER | {"no_such_measure": Decimal(1)},
    ],
)
def test_a_product_has_the_measures_its_rate_needs(session, measures):
    with pytest.raises(Invalid):
        factories.product(session, factories.establishment(session), measures=measures)


def test_a_stranger_neither_enters_products_nor_notifies_prices(session):
    product, stranger = priced(session), factories.person(session)
    product.registration.applicant_id = stranger.id  # what the factories act as
    with pytest.raises(NotFound):
        factories.product(session, product.registration)
    with pytest.raises(NotFound):
        factories.price(session, product)


def test_who_may_only_prepare_does_not_notify_prices(session):
    product, deputy = priced(session), factories.person(session)
    session.add(
        Delegation(
            person_id=deputy.id,
            taxpayer_id=product.registration.taxpayer_id,
            rights=["view", "prepare"],
            granted_at=AT,
            granted_by=product.registration.applicant_id,
        )
    )
    product.registration.applicant_id = deputy.id
    factories.product(session, product.registration, retail_satang=None)
    with pytest.raises(NotAllowed):
        factories.price(session, product)


def test_nothing_is_entered_before_the_approval(session):
    place = factories.establishment(session)
    waiting = factories.registration(
        session, applicant=session.get_one(factories.Person, place.applicant_id)
    )
    session.flush()
    with pytest.raises(Conflict):
        factories.product(session, waiting)


def test_eight_equal_submissions_of_a_product_enter_it_once(database):
    from excise.products.actions import ProductDetails, add_product

    with database.transaction() as session:
        place = factories.establishment(session)
        ids = {"registration_id": place.id, "person_id": place.applicant_id}

    def enter(number):
        details = ProductDetails(item="beer", name="เบียร์", unit="กระป๋อง", measures=BEER)
        with database.transaction() as session:
            return add_product(
                session, details, tariff=TARIFF, submission_id="form-1", at=AT, **ids
            ).id

    answers = at_once(8, enter)
    assert len(set(answers)) == 1
    with database.reading() as session:
        assert count(session, Product) == 1
        added = sa.select(sa.func.count()).where(AuditEntry.act == "product.add")
        assert session.scalar(added) == 1


def test_products_come_by_name(session):
    place = factories.establishment(session)
    for name in ("ข", "ก"):
        factories.product(session, place, name=name)
    assert [product.name for product in products_of(session, place.id)] == ["ก", "ข"]
    assert products_of(session, 0) == []


def test_measures_come_back_exactly(session):
    product = factories.product(session, factories.establishment(session))
    session.expire(product)
    assert product.measures_as_numbers() == BEER


def test_the_date_of_a_price_is_a_day_in_thailand(session):
    product = priced(session, (date(2026, 1, 1), 39))
    late_evening_utc = AT.replace(hour=18)  # already the 11th in Bangkok
    with pytest.raises(Invalid):
        factories.price(session, product, effective_from=TODAY, at=late_evening_utc)
