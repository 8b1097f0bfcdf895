"""`excise demo --story`: both main jobs through the real doors, once in the suite."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pypdfium2
import pytest

from exchange.simulators import figures
from exchange.simulators.brewery import BEERS, LAGER
from exchange.simulators.people import code_of
from exchange.simulators.plot import STEPS
from excise.arrears.rules import due_date
from excise.periods import TaxMonth
from excise.returns.rules import work_out
from excise.tariff.rules import Line
from excise.tariff.schema import first_edition

STORY = "from cli import main; main()"
# The other side of every check: a beer at another price than the one written in the story.
WRONG_PRICE = f"from exchange.simulators import figures; figures.VALUE_PCT = 23; {STORY}"


def play(out: Path, program: str = STORY) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, "demo", "--story", "--out", str(out)]
    return subprocess.run(command, text=True, capture_output=True, timeout=300)


def left_behind() -> list[str]:
    return [name for name in os.listdir(tempfile.gettempdir()) if name.startswith("excise-story-")]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The story, played once."""
    out = tmp_path_factory.mktemp("story")
    return play(out), out


def test_both_jobs_come_out_right_and_leave_nothing_behind(told):
    done, _ = told
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    steps = re.findall(r"^ ?(\d+)  \S", done.stdout, re.MULTILINE)
    assert steps == [str(number) for number in range(1, len(STEPS) + 1)]
    assert done.stdout.count("ok  excise check: ") == 6
    assert left_behind() == []


def test_its_documents_say_what_it_told(told):
    done, out = told
    papers = {path.stem: words_of(path) for path in out.glob("*.pdf")}
    for kind, number in re.findall(r"(receipt|notice) .*?\s(\d{4}-\S+)$", done.stdout):
        assert number in papers[f"{kind}-{number}"]
    assert {name.split("-")[0] for name in papers} == {"pay", "receipt", "notice"}


def words_of(path: Path) -> str:
    document = pypdfium2.PdfDocument(path.read_bytes())
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def test_a_figure_that_is_not_as_expected_ends_it_with_the_pages_words(tmp_path):
    done = play(tmp_path, WRONG_PRICE)
    assert done.returncode == 1
    assert "NOT AS EXPECTED" in done.stdout
    assert re.search(
        r"expected excise tax on [\d,]+ bottles: [\d,.]+ baht; the page says", done.stdout
    )
    assert left_behind() == []


def test_ctrl_c_stops_the_service_and_removes_its_folder(tmp_path):
    command = [sys.executable, "-c", STORY, "demo", "--story", "--out", str(tmp_path)]
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as it:
        assert it.stdout.readline().startswith(" 1  ")
        it.send_signal(signal.SIGINT)
        assert it.wait(60) == 1
    assert left_behind() == []


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
    return Line(
        item="beer",
        tax_point_date=on,
        units=Decimal(bottles),
        retail_price_incl_vat_satang=beer.retail_satang,
        measures={
            "volume_l": Decimal(beer.volume_ml).scaleb(-3),
            "degree": Decimal(beer.degree),
        },
    )


def test_a_telephone_shows_the_codes_of_the_standard():
    key = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert [code_of(key, at) for at in (59, 1111111109, 20000000000)] == [
        "287082",
        "081804",
        "353130",
    ]


def test_a_price_without_vat_is_cut_then_rounded():
    assert LAGER.price_satang == 6449
