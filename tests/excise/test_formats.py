import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from excise import formats
from excise.money import satang

VECTORS = yaml.load(
    (Path(__file__).parent / "tariff" / "examples.yaml").read_text(encoding="utf-8"),
    Loader=yaml.CSafeLoader,
)["vectors"]
DAY = dt.date(2026, 11, 22)


@pytest.mark.parametrize("vector", VECTORS["buddhist_date"], ids=lambda v: v["ce"])
def test_thai_dates_carry_the_buddhist_year(vector):
    day = dt.date.fromisoformat(vector["ce"])
    assert formats.buddhist_year(day) == vector["be_year"]
    assert formats.date_text(day, "th", "formal") == vector["th_long"]
    assert formats.date_text(day, "th") == vector["th_long"].replace("พ.ศ. ", "")
    assert formats.date_text(day, "th", "short") == vector["th_short"]


@pytest.mark.parametrize("vector", VECTORS["baht_text"], ids=lambda v: v["amount"])
def test_amounts_in_words_are_the_examples(vector):
    assert formats.baht_text(satang(Decimal(vector["amount"]))) == vector["text"]


@pytest.mark.parametrize(
    ("satang", "words"),
    [
        (1, "หนึ่งสตางค์"),
        (101, "หนึ่งบาทหนึ่งสตางค์"),
        (2_100, "ยี่สิบเอ็ดบาทถ้วน"),
        (2_100_002_121, "ยี่สิบเอ็ดล้านยี่สิบเอ็ดบาทยี่สิบเอ็ดสตางค์"),
        (10**14, "หนึ่งล้านล้านบาทถ้วน"),
        (-125, "ลบหนึ่งบาทยี่สิบห้าสตางค์"),
    ],
)
def test_amounts_in_words_read_as_thais_say_them(satang, words):
    assert formats.baht_text(satang) == words


@pytest.mark.parametrize(
    ("style", "thai", "english"),
    [
        ("long", "22 พฤศจิกายน 2569", "22 November 2026"),
        ("medium", "22 พ.ย. 2569", "22 Nov 2026"),
        ("month", "พฤศจิกายน 2569", "November 2026"),
        ("short", "22 พ.ย. 69", "22/11/2026"),
        ("formal", "22 พฤศจิกายน พ.ศ. 2569", "22 November 2026"),
    ],
)
def test_each_language_has_its_year(style, thai, english):
    assert formats.date_text(DAY, "th", style) == thai
    assert formats.date_text(DAY, "en", style) == english


def test_an_unknown_style_is_a_mistake_in_both_languages():
    for lang in ("th", "en"):
        with pytest.raises(KeyError):
            formats.date_text(DAY, lang, "full")


def test_the_year_began_in_april_until_1940():
    edges = {(1940, 3, 31): 2482, (1940, 4, 1): 2483, (1940, 12, 31): 2483, (1941, 1, 1): 2484}
    assert {day: formats.buddhist_year(dt.date(*day)) for day in edges} == edges


def test_late_evening_utc_is_the_next_day_in_bangkok():
    moment = dt.datetime(2026, 12, 31, 17, 5, tzinfo=dt.UTC)
    assert formats.date_text(moment, "th", "medium") == "1 ม.ค. 2570"
    assert formats.datetime_text(moment, "th") == "1 มกราคม 2570 เวลา 00.05 น."
    assert formats.datetime_text(moment, "en") == "1 January 2027, 00:05"


def test_money_shows_both_decimals_however_large():
    assert formats.amount(0) == "0.00"
    assert formats.amount(10**17 + 1) == "1,000,000,000,000,000.01"
    assert formats.amount(-123_450) == "-1,234.50"


def test_quantities_are_exact_and_without_idle_zeros():
    assert formats.quantity(10_000_000, 3) == "10,000"
    assert formats.quantity(36_4501, 4, "en") == "36.4501"
    assert formats.quantity(10**17 + 1, 6) == "100,000,000,000.000001"
    assert formats.quantity(Decimal("-1234.50")) == "-1,234.5"


def test_thai_digits_come_and_go():
    assert formats.arabic_digits("๐๑๒๓๔๕๖๗๘๙ กข") == "0123456789 กข"
    assert formats.thai_digits("ภส. 03-07") == "ภส. ๐๓-๐๗"
