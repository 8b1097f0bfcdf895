"""`excise demo --story`: how it fails, and its own arithmetic; prove/ plays it to the end."""

import os
import signal
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import html

from exchange.simulators import figures
from exchange.simulators.brewery import BEERS, LAGER
from exchange.simulators.first_job import sign_up
from exchange.simulators.installation import Installation, Unexpected
from exchange.simulators.people import Visitor, code_of
from exchange.simulators.story import begin as gather
from exchange.simulators.story import play
from excise.arrears.rules import due_date
from excise.periods import TaxMonth
from excise.returns.rules import work_out
from excise.tariff.rules import Line
from excise.tariff.schema import first_edition
from tests.journeys.conftest import wait_for

NOWHERE = Installation(*["http://localhost:1"] * 3, environ={})


def begin(folder: Path) -> subprocess.Popen[str]:
    """Play it as a user does; what it needs for a while goes into a folder of its own."""
    (folder / "for-a-while").mkdir()
    return subprocess.Popen(
        [sys.executable, "-c", "from cli import main; main()"]
        + ["demo", "--story", "--out", str(folder)],
        env=os.environ | {"TMPDIR": str(folder / "for-a-while")},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def left_behind(folder: Path) -> list[str]:
    return os.listdir(folder / "for-a-while")


def test_ctrl_c_ends_it_and_leaves_nothing(tmp_path):
    with begin(tmp_path) as playing:
        wait_for(lambda: left_behind(tmp_path))
        playing.send_signal(signal.SIGINT)
        assert playing.wait(60) == 1
    assert left_behind(tmp_path) == []


def test_a_service_that_does_not_answer_fails_the_step_and_the_command(tmp_path, monkeypatch):
    monkeypatch.setattr("exchange.simulators.story.installed", lambda: nullcontext(NOWHERE))
    monkeypatch.setattr("signal.signal", lambda *_: None)  # the tests' own ending stays
    said = []
    assert play([sign_up], tmp_path, echo=said.append) == 1
    assert said[-1].startswith("NOT AS EXPECTED: step 1, sign_up\n")
    assert "http://localhost:1/account/register does not answer" in said[-1]


@pytest.mark.parametrize("shown", ["1,234.51", "11,234.50", "1,234.500", "234.50"])
def test_a_wrong_satang_is_told_with_the_words_of_the_page(tmp_path, shown):
    story = gather(NOWHERE, tmp_path)
    page(story.brewer, f"<h1>รวม {shown} บาท</h1>")
    with pytest.raises(
        Unexpected, match=f"the total: 1,234.50 baht; the page says:\nรวม {shown} บาท"
    ):
        story.sees_baht(story.brewer, "the total", 1_234_50)
    page(story.brewer, "<h1>รวม 1,234.50 บาท</h1>")
    story.sees_baht(story.brewer, "the total", 1_234_50)


def page(visitor: Visitor, content: str) -> None:
    visitor.page = html.fromstring(f"<html><body><main id=main-content>{content}</main></html>")


def test_a_visitor_chooses_only_what_the_page_offers(tmp_path):
    visitor = gather(NOWHERE, tmp_path).brewer
    page(visitor, "<form><select name=month><option value=9>กันยายน</select></form>")
    with pytest.raises(Unexpected, match="expected month to offer '10'"):
        visitor.send(month="10")
    with pytest.raises(Unexpected, match="expected a form with"):
        visitor.send(year="2569")


@pytest.mark.parametrize("month", [date(2025, 12, 1), date(2026, 3, 1), date(2026, 9, 1)])
def test_its_own_arithmetic_holds_on_any_day(month):
    """So that the story is right on whatever day it is played."""
    sold = {beer: 997 + place for place, beer in enumerate(BEERS)}
    tax = sum(beer.tax_satang(bottles) for beer, bottles in sold.items())
    lines = [line(beer, bottles, month) for beer, bottles in sold.items()]
    due_on = due_date(first_edition(), TaxMonth.of(month))
    for late in range(-20, 80):
        on = due_on + timedelta(days=late)
        worked = work_out(first_edition(), lines, due_on=due_on, filed_on=on)
        owed = figures.filed(tax, month, on=on)
        assert (owed.penalty, owed.surcharge) == (worked.penalty_satang, worked.surcharge_satang)
        assert owed.total == worked.total_satang, on


def line(beer, bottles, on):
    measures = {"volume_l": Decimal(beer.volume_ml).scaleb(-3), "degree": Decimal(beer.degree)}
    return Line(
        item="beer",
        tax_point_date=on,
        units=Decimal(bottles),
        retail_price_incl_vat_satang=beer.retail_satang,
        measures=measures,
    )


def test_its_arithmetic_sees_a_price_that_is_a_satang_off():
    other = replace(LAGER, retail_satang=LAGER.retail_satang + 2)
    assert other.tax_satang(1000) != LAGER.tax_satang(1000)


def test_a_telephone_shows_the_codes_of_the_standard():
    key = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    moments = (59, 1111111109, 20000000000)
    assert [code_of(key, at) for at in moments] == ["287082", "081804", "353130"]
