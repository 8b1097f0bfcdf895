"""The public look-up of rates: any item, any day, and the tax on one line, without signing in."""

import pytest
from flask import Flask

from excise.tariff.schema import first_edition
from tests.browser import Browser

DAY = "on-day=2&on-month=4&on-year=2569"


@pytest.fixture
def passer_by(app: Flask) -> Browser:
    return Browser(app)


def test_the_rates_are_found_from_the_first_page(passer_by: Browser) -> None:
    assert 'href="/tariff"' in passer_by.page("/").text
    page = passer_by.page("/tariff")
    assert page.h1 == "อัตราภาษีสรรพสามิต"
    for item in first_edition().items:
        assert item.name_th in page.said


@pytest.mark.parametrize(
    ("query", "found", "not_found"),
    [
        ("q=เบียร์", "ร้อยละ 22 ของมูลค่า + 430 บาท", "น้ำมันเบนซิน"),
        ("q=beer", "เบียร์", "บุหรี่"),
        ("q=13.01", "เบียร์", "น้ำมันดีเซล"),
        ("group=0101", "น้ำมันดีเซล", "เบียร์"),
        ("q=petrol_ulg&on-day=6&on-month=5&on-year=2568", "6.5 บาทต่อลิตร", "7.5 บาท"),
        ("q=petrol_ulg&on-day=7&on-month=5&on-year=2025", "7.5 บาทต่อลิตร", "6.5 บาท"),
        ("q=petrol_ulg&on-day=1&on-month=1&on-year=2559", "ไม่มีอัตราในวันนี้", "บาทต่อลิตร"),
        ("q=zzz", "ลองใช้คำที่สั้นลง", "เบียร์"),
        ("group=9999", "เบียร์", "zzz"),
    ],
)
def test_words_a_group_and_a_day_in_either_era_choose_the_rates(
    passer_by: Browser, query: str, found: str, not_found: str
) -> None:
    said = passer_by.page(f"/tariff?{query}").said
    listed = said.split("ค้นหา", 1)[1]  # what stands below the form
    assert found in listed
    assert not_found not in listed


def test_a_day_that_cannot_be_read_is_said_beside_it(passer_by: Browser) -> None:
    page = passer_by.page("/tariff?q=&on-day=31&on-month=2&on-year=2569")
    assert page.errors == ["เดือนนั้นไม่มีวันที่นี้"]


def test_an_item_shows_its_rows_their_law_and_what_is_added(passer_by: Browser) -> None:
    page = passer_by.page(f"/tariff/beer?{DAY}")
    assert page.h1 == "เบียร์"
    for words in ("ร้อยละ 22 ของมูลค่า", "มาตรา 150", "10%", "1.5%", "พ.ร.บ.ผู้สูงอายุ", "ข้อมูลทางการ"):
        assert words in page.said
    before_the_fund = passer_by.page("/tariff/beer?on-day=1&on-month=10&on-year=2560")
    assert "พ.ร.บ.ผู้สูงอายุ" not in before_the_fund.said


def test_the_bands_and_the_history_of_an_item_are_shown(passer_by: Browser) -> None:
    said = passer_by.page(f"/tariff/soft_drink?{DAY}").said
    for words in (">10 ≤14", "5 บาทต่อลิตร", "0.5 บาทต่อลิตร", "ร้อยละ 14 ของมูลค่า"):
        assert words in said


def test_an_assumed_rate_is_marked_in_words(passer_by: Browser) -> None:
    assert "สมมติ รอกรมยืนยัน" in passer_by.page(f"/tariff/coffee_tea?{DAY}").said


def test_an_item_without_a_rate_that_day_says_so(passer_by: Browser) -> None:
    page = passer_by.page("/tariff/diesel_b20?on-day=1&on-month=1&on-year=2561")
    assert "ไม่มีอัตราในวันดังกล่าว" in page.said
    asked = passer_by.page("/tariff/diesel_b20/calculation?on-day=1&on-month=1&on-year=2561")
    assert "รายการนี้ไม่มีอัตรา" in asked.said


def test_an_unknown_item_is_not_found(passer_by: Browser) -> None:
    assert passer_by.page("/tariff/zzz", status=404).status == 404
    assert passer_by.page("/tariff/zzz/calculation", status=404).status == 404


def test_the_tax_on_a_line_opens_to_each_step(passer_by: Browser) -> None:
    page = passer_by.page(
        f"/tariff/beer/calculation?calculate=1&{DAY}&units=100&srp_ex_vat=69&volume_l=0.62&degree=5"
    )
    for words in ("2,751.78", "275.18", "3,233.36", "64.485", "มาตรา 17", "430"):
        assert words in page.said
    assert "<details" in page.text


def test_receipts_of_a_service_are_asked_without_vat(passer_by: Browser) -> None:
    said = passer_by.page("/tariff/nightclub/calculation").said
    assert "รายรับของสถานบริการไม่รวมภาษีมูลค่าเพิ่ม" in said
    page = passer_by.page(
        "/tariff/nightclub/calculation?calculate=1&on-day=22&on-month=2&on-year=2567"
        "&srp_ex_vat=1,234,567.89"
    )
    assert "135,802.47" in page.said


@pytest.mark.parametrize(
    ("figures", "error"),
    [
        ("units=x&srp_ex_vat=69&volume_l=0.62&degree=5", "กรอกเป็นตัวเลข เช่น 1,234.50"),
        ("units=1&srp_ex_vat=69&volume_l=0.62&degree=500", "กรอกไม่เกิน 100"),
        ("units=1&srp_ex_vat=69&volume_l=&degree=5", "กรอกขนาดบรรจุ ใช้ในการคำนวณภาษี"),
    ],
)
def test_a_figure_that_cannot_be_is_said_beside_it(
    passer_by: Browser, figures: str, error: str
) -> None:
    page = passer_by.page(f"/tariff/beer/calculation?calculate=1&{DAY}&{figures}")
    assert page.errors == [error]
    assert "รวมที่ต้องชำระ" not in page.said


@pytest.mark.parametrize("item", [item.id for item in first_edition().items])
def test_every_item_has_its_page_and_its_calculator(passer_by: Browser, item: str) -> None:
    assert passer_by.page(f"/tariff/{item}").status == 200
    assert passer_by.page(f"/tariff/{item}/calculation").status == 200
