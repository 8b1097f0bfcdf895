"""Products and their prices, as the taxpayer's people meet them."""

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from excise.people.models import Delegation
from excise.people.models import Person as PersonRow
from excise.products.models import Price, Product
from excise.taxpayers.models import Registration
from excise.taxpayers.rules import EstablishmentType
from tests import factories
from tests.browser import Browser, Page, Person, enrol
from web.clock import now, today

BEER: dict[str, Any] = {
    "name": "เบียร์ช้างน้อย",
    "brand": "ช้างน้อย",
    "size": "ขวด 620 มล.",
    "unit": "ขวด",
    "gtin": "8 850999 320007",
    "volume_l": "๐.๖๒",
    "degree": "5",
}


def database(app: Flask):
    return app.extensions["database"]


def owner_of(app: Flask, somchai: Person, **changes: Any) -> str:
    """Give somchai an approved establishment; return its number."""
    with database(app).transaction() as session:
        person = session.scalars(sa.select(PersonRow).where(PersonRow.email == somchai.email)).one()
        return str(factories.establishment(session, owner=person, **changes).number)


@pytest.fixture
def number(app: Flask, somchai: Person) -> str:
    return owner_of(app, somchai, duty_groups=["7001", "0101", "0201"])


@pytest.fixture
def browser(number: str, somchai: Person) -> Browser:
    somchai.sign_in()
    return somchai.browser


def add(browser: Browser, number: str, item: str = "beer", **other: Any) -> Page:
    browser.page(f"/establishments/{number}/products/new/{item}")
    return browser.submit({**BEER, **other})


def notify(browser: Browser, product: str, price: str, on: date) -> Page:
    browser.page(f"{product}/price")
    day = {"day": on.day, "month": on.month, "year": on.year + 543}
    return browser.submit(
        {"retail_price": price, **{f"effective_from-{k}": str(v) for k, v in day.items()}}
    )


def kept(app: Flask, record: type) -> list[Any]:
    with database(app).reading() as session:
        return list(session.scalars(sa.select(record)))


def test_a_product_is_found_in_the_tariff_and_entered(
    browser: Browser, number: str, app: Flask
) -> None:
    page = browser.page(f"/establishments/{number}/products")
    assert "ยังไม่มีสินค้า" in page.said
    page = browser.follow("เพิ่มสินค้าหรือบริการ")
    assert "ตอนที่ 13 สุรา" in page.said
    assert "ไนต์คลับ" not in page.said
    page = browser.submit(q="เบียร์")
    assert "น้ำมัน" not in page.said
    page = browser.follow("13.01(1)(ก) เบียร์")
    assert "ร้อยละ 22 ของมูลค่า + 430 บาทต่อลิตรแห่งแอลกอฮอล์บริสุทธิ์" in page.said
    page = browser.submit(BEER)
    assert page.h1 == "เบียร์ช้างน้อย"
    assert page.reference
    assert "ยังไม่มีราคา" in page.said
    assert "0.62 ลิตร" in page.said
    product = kept(app, Product)[0]
    assert (product.gtin, product.measures) == (
        "8850999320007",
        {"volume_l": "0.62", "degree": "5"},
    )
    assert "ยังไม่มีราคา" in browser.page(f"/establishments/{number}/products").said


def test_words_that_fit_nothing_say_so(browser: Browser, number: str) -> None:
    choose = f"/establishments/{number}/products/choose"
    assert "ไม่พบ" in browser.page(f"{choose}?q=รถถัง").said
    assert "เบียร์" in browser.page(f"{choose}?q=BEER").said
    assert "เบียร์" in browser.page(f"{choose}?q=13.01").said


def test_the_form_asks_exactly_what_the_tariff_needs(browser: Browser, number: str) -> None:
    asked = {"name", "brand", "model", "size", "unit", "gtin", "csrf_token", "submission_id"}
    for item, measures in {
        "beer": {"volume_l", "degree"},
        "petrol_ulg": {"litres_per_unit"},
        "soft_drink": {"litres_per_unit", "sugar_g_per_100ml"},
    }.items():
        page = browser.page(f"/establishments/{number}/products/new/{item}")
        names = {i.get("name") for i in page.tree.find(".//main").iter("input")}
        assert names == asked | measures


def test_a_pack_of_cigarettes_is_not_asked_for_what_follows_from_its_price(
    app: Flask, somchai: Person
) -> None:
    number = owner_of(app, somchai, duty_groups=["8001"])
    somchai.sign_in()
    page = somchai.browser.page(f"/establishments/{number}/products/new/cigarette")
    names = {i.get("name") for i in page.tree.find(".//main").iter("input")}
    assert "sticks_per_unit" in names
    assert not {"retail_price_incl_vat_per_pack_20", "srp_ex_vat"} & names


def test_an_assumed_rate_is_marked_as_such(browser: Browser, number: str) -> None:
    said = "สมมติฐาน ยังไม่ได้รับการยืนยัน"
    assert said in browser.page(f"/establishments/{number}/products/new/coffee_tea").said
    assert said not in browser.page(f"/establishments/{number}/products/new/beer").said
    assert said in browser.page(f"/establishments/{number}/products/choose?q=coffee").said


def test_what_is_wrong_with_a_product_stands_beside_its_field(
    browser: Browser, number: str, app: Flask
) -> None:
    for wrong, field in [
        ({"gtin": "8850999320008"}, "gtin"),
        ({"gtin": "abc"}, "gtin"),
        ({"degree": ""}, "degree"),
        ({"degree": "101"}, "degree"),
        ({"degree": "5.123"}, "degree"),
        ({"volume_l": "many"}, "volume_l"),
        ({"name": ""}, "name"),
        ({"unit": ""}, "unit"),
        ({"name": "ก" * 300}, "name"),
    ]:
        page = add(browser, number, **wrong)
        assert [page.links()[said] for said in page.errors] == [f"#{field}"], wrong
        assert "ขวด 620 มล." in page.text
    assert kept(app, Product) == []


def test_one_bar_code_is_one_product(browser: Browser, number: str, app: Flask) -> None:
    add(browser, number)
    page = add(browser, number, name="อีกชนิดหนึ่ง")
    assert [page.links()[said] for said in page.errors] == ["#gtin"]
    assert len(kept(app, Product)) == 1


def test_a_bar_code_is_not_needed(browser: Browser, number: str, app: Flask) -> None:
    add(browser, number, gtin="")
    add(browser, number, gtin=" ", name="อีกชนิดหนึ่ง")
    assert [product.gtin for product in kept(app, Product)] == [None, None]


def test_a_double_press_keeps_one_product(browser: Browser, number: str, app: Flask) -> None:
    form = browser.page(f"/establishments/{number}/products/new/beer")
    first = browser.submit(BEER).path
    browser.last = form
    assert browser.submit(BEER).path == first
    assert len(kept(app, Product)) == 1


def test_items_outside_the_registration_or_without_a_rate_do_not_exist_here(
    browser: Browser, number: str
) -> None:
    for item in ("cigarette", "eco_car", "golf", "no-such"):
        browser.page(f"/establishments/{number}/products/new/{item}", status=404)


def test_a_price_is_notified_and_shown_without_vat(
    browser: Browser, number: str, app: Flask
) -> None:
    product = add(browser, number).path
    page = notify(browser, product, "1,200.00", today())
    assert "1,121.50" in page.said
    assert "1,200.00" in page.said
    assert kept(app, Price) == []
    page = browser.submit(button="แจ้งราคานี้")
    reference = page.reference
    assert page.path == f"{product}/prices/{reference}"
    assert "1,121.50" in browser.page(page.path).said
    assert kept(app, Price)[0].retail_incl_vat_satang == 120_000
    assert "1,200.00" in browser.page(f"/establishments/{number}/products").said
    page = browser.page(product)
    assert "ใช้อยู่" in page.said
    assert reference in page.said


def test_what_was_typed_stays_when_the_price_is_changed_before_sending(
    browser: Browser, number: str
) -> None:
    product = add(browser, number).path
    notify(browser, product, "39", today())
    page = browser.submit(button="แก้ไข")
    assert 'value="39"' in page.text
    page = browser.submit(retail_price="51")
    assert "47.66" in page.said


def test_a_double_press_notifies_one_price(browser: Browser, number: str, app: Flask) -> None:
    product = add(browser, number).path
    check = notify(browser, product, "39", today())
    first = browser.submit(button="แจ้งราคานี้").reference
    browser.last = check
    assert browser.submit(button="แจ้งราคานี้").reference == first
    assert len(kept(app, Price)) == 1


def test_a_price_to_come_is_not_in_force_yet(browser: Browser, number: str) -> None:
    product = add(browser, number).path
    notify(browser, product, "39", today() + timedelta(days=10))
    browser.submit(button="แจ้งราคานี้")
    assert "ราคายังไม่ถึงวันใช้" in browser.page(product).said


def test_wrong_prices_are_named_beside_their_field(
    browser: Browser, number: str, app: Flask
) -> None:
    product = add(browser, number).path
    notify(browser, product, "39", today())
    browser.submit(button="แจ้งราคานี้")
    for price, on, field in [
        ("0", today() + timedelta(days=1), "retail_price"),
        ("-5", today() + timedelta(days=1), "retail_price"),
        ("39.999", today() + timedelta(days=1), "retail_price"),
        ("", today() + timedelta(days=1), "retail_price"),
        ("40", today(), "effective_from-day"),
        ("40", today() - timedelta(days=1), "effective_from-day"),
    ]:
        page = notify(browser, product, price, on)
        assert [page.links()[said] for said in page.errors] == [f"#{field}"], (price, on)
    assert len(kept(app, Price)) == 1


def test_the_first_price_may_begin_in_the_past(browser: Browser, number: str, app: Flask) -> None:
    product = add(browser, number).path
    notify(browser, product, "39", today() - timedelta(days=60))
    browser.submit(button="แจ้งราคานี้")
    assert len(kept(app, Price)) == 1


def test_a_day_before_the_tariff_is_refused_not_a_fault(browser: Browser, number: str) -> None:
    product = add(browser, number).path
    page = notify(browser, product, "39", date(1950, 1, 1))
    assert page.errors


def test_services_need_no_price_and_say_so(app: Flask, somchai: Person) -> None:
    number = owner_of(
        app, somchai, establishment_type=EstablishmentType.SERVICE, duty_groups=["1101"]
    )
    somchai.sign_in()
    browser = somchai.browser
    page = browser.page(f"/establishments/{number}/products/new/golf")
    assert "บริการไม่ต้องแจ้งราคา" in page.said
    page = browser.submit(name="ค่าสนาม", unit="ครั้ง")
    product = page.path
    assert "บริการไม่ต้องแจ้งราคา" in page.said
    assert "แจ้งราคา" not in page.links()
    browser.page(f"{product}/price", status=422)
    assert "บริการ ไม่ต้องแจ้งราคา" in browser.page(f"/establishments/{number}/products").said


def test_nobody_else_sees_a_product(browser: Browser, number: str, app: Flask) -> None:
    product = add(browser, number).path
    stranger = enrol(app, "stranger@example.com")
    stranger.sign_in()
    for place in (
        product,
        f"{product}/price",
        f"{product}/prices/SRP25700000001",
        f"/establishments/{number}/products",
        f"/establishments/{number}/products/choose",
        f"/establishments/{number}/products/new/beer",
    ):
        stranger.browser.page(place, status=404)


def test_who_may_only_look_cannot_enter_or_notify(
    browser: Browser, number: str, app: Flask
) -> None:
    product = add(browser, number).path
    clerk = enrol(app, "clerk@example.com")
    with database(app).transaction() as session:
        person = session.scalars(sa.select(PersonRow).where(PersonRow.email == clerk.email)).one()
        session.add(
            Delegation(
                person_id=person.id,
                taxpayer_id=session.scalars(sa.select(Registration.taxpayer_id)).first(),
                rights=["view"],
                granted_at=now(),
                granted_by=person.id,
            )
        )
    clerk.sign_in()
    clerk.browser.page(product)
    clerk.browser.page(f"{product}/price", status=403)
    clerk.browser.page(f"/establishments/{number}/products/new/beer", status=403)


def test_the_pages_speak_english_too(browser: Browser, number: str) -> None:
    product = add(browser, number).path
    page = browser.page(f"{product}?lang=en")
    assert "22% of value + 430 baht a litre of pure alcohol" in page.said
    assert "No price yet" in page.said
    assert "0.62 litres" in page.said
    assert "Chapter 13 Liquor" in browser.page(f"/establishments/{number}/products/choose").said
