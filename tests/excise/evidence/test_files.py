import re
import tracemalloc
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from excise.config import ROOT
from excise.documents.store import Store
from excise.errors import Invalid
from excise.evidence.files import MAX_LISTED, TITLES, RowFault, SalesFile, enter_file, keep_file
from excise.evidence.models import Channel, Delivery
from excise.evidence.rules import COLUMNS
from tests.conftest import count
from tests.excise.evidence.samples import sale
from tests.factories import AT, TODAY

HEADER = ",".join(COLUMNS)
GOOD = "INV-1,1,388,0105558096348,00000,2026-10-05,8850124003225,12,1250.50,87.54"


def text(*rows, header=HEADER):
    return "\r\n".join((header, *rows)) + "\r\n"


def file(*rows, **given):
    return text(*rows, **given).encode()


def row(**changes):
    cells = dict(zip(COLUMNS, GOOD.split(","), strict=True)) | changes
    return ",".join(cells[name] for name in COLUMNS)


def read(content):
    return list(SalesFile(content, today=TODAY))


def refused(content):
    with pytest.raises(Invalid) as raised:
        read(content)
    assert raised.value.facts["field"] == "file"
    return raised.value


@pytest.mark.parametrize(
    "content",
    [
        file(GOOD),
        text(GOOD).encode("utf-8-sig"),
        file(GOOD).replace(b"\r\n", b"\n"),
        file("", GOOD, ",,,,,,,,,", ""),
        file(GOOD, header=HEADER.upper()),
        file(GOOD, header=",".join(TITLES)),
        text(GOOD, header=",".join(TITLES)).encode("cp874"),
        text(GOOD, header=",".join(TITLES)).encode("utf-8-sig"),
        file(",".join(GOOD.split(",")[::-1]), header=",".join(COLUMNS[::-1])),
        file(f'"{GOOD.replace(",", chr(34) + "," + chr(34))}"'),
    ],
)
def test_the_layout_is_read_however_it_was_saved(content):
    assert read(content) == [sale()]


def test_the_thai_titles_name_every_column():
    assert sorted(TITLES.values()) == sorted(COLUMNS)


def test_every_wrong_row_is_listed_with_its_row_column_and_value():
    error = refused(
        file(GOOD, row(amount="x", branch="1"), "", "INV-9,1", row(line_no="3", vat="1.005"))
    )
    assert (error.reason, error.facts["count"]) == ("vat-sales-rows", 4)
    assert error.facts["errors"] == [
        RowFault(3, "branch", "branch-format", "1"),
        RowFault(3, "amount", "number-format", "x"),
        RowFault(5, "", "column-count", "2"),
        RowFault(6, "vat", "decimals", "1.005"),
    ]


def test_the_list_of_faults_ends_and_their_number_does_not():
    facts = refused(file(*[row(amount="x")] * (MAX_LISTED + 50))).facts
    assert (len(facts["errors"]), facts["count"]) == (MAX_LISTED, MAX_LISTED + 50)


def test_an_equal_row_twice_is_passed_on_and_another_content_is_a_fault():
    assert read(file(GOOD, GOOD)) == [sale(), sale()]
    error = refused(file(GOOD, row(amount="1")))
    assert error.facts["errors"] == [RowFault(3, "document_no", "repeated-in-file", "INV-1")]
    assert len(read(file(GOOD, row(line_no="2"), row(branch="00001"), row(document_no="A")))) == 4


def test_a_number_begun_anew_in_another_year_is_another_document():
    assert len(read(file(GOOD, row(document_date="2025-10-05", amount="1")))) == 2


def test_a_total_is_checked_when_it_is_there():
    back = row(document_no="CN-1", document_type="81", amount="0.50")
    assert len(read(file(GOOD, back, "TOTAL,2,1250.00"))) == 2
    assert len(read(file(GOOD, back, "total, 2 ,1250,,,,,,,"))) == 2
    assert len(read(file(row(document_type="81"), "TOTAL,1,-1250.50"))) == 1
    for total in ("TOTAL,3,1250", "TOTAL,2,1250.01", "TOTAL,2", "TOTAL,2,x", "TOTAL,,", "TOTAL"):
        assert refused(file(GOOD, back, total)).reason == "vat-sales-total"


def test_nothing_may_follow_the_total():
    error = refused(file("TOTAL,0,0", GOOD))
    assert error.facts["errors"] == [RowFault(3, "", "after-total", "INV-1")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "vat-sales-header"),
        (b"\n\n", "vat-sales-header"),
        (b"%PDF-1.7", "vat-sales-header"),
        (file(GOOD, header=HEADER + ",more"), "vat-sales-header"),
        (file(GOOD, header=HEADER.replace("vat", "amount")), "vat-sales-header"),
        (HEADER.encode(), "vat-sales-empty"),
        (file("TOTAL,0,0"), "vat-sales-empty"),
        (text(GOOD).encode("utf-16"), "vat-sales-encoding"),
        (text(GOOD).encode("utf-16-be"), "vat-sales-encoding"),
        (file(GOOD, "INV\x00-2"), "vat-sales-encoding"),
        (file(GOOD) + b"\xfe\xfc", "vat-sales-encoding"),
        (file(GOOD, '"INV-2,never closed'), "vat-sales-broken"),
        (file('"' + "x" * 200_000 + '"'), "vat-sales-broken"),
        (file('"INV"-2,'), "vat-sales-broken"),
        (file("=HYPERLINK(A1)," + GOOD.partition(",")[2]), "vat-sales-rows"),
        (file("INV-1\u202e," + GOOD.partition(",")[2]), "vat-sales-rows"),
    ],
)
def test_what_is_no_such_file_is_refused_by_its_reason(content, reason):
    assert refused(content).reason == reason


def test_a_broken_file_says_from_which_row_on():
    assert refused(file(GOOD, GOOD, '"never closed')).facts["row"] == 4


def test_a_file_has_an_end(monkeypatch):
    monkeypatch.setattr("excise.evidence.files.MAX_ROWS", 3)
    rows = [row(line_no=str(number)) for number in range(1, 6)]
    assert len(read(file(*rows[:3], "TOTAL,3,3751.50"))) == 3
    assert refused(file(*rows)).reason == "vat-sales-too-long"


CELL = st.one_of(
    st.text(max_size=12),
    st.sampled_from([*GOOD.split(","), *COLUMNS, "TOTAL", '"', "\r", "\n", "1", "2569-01-01"]),
)
LINES = st.lists(st.lists(CELL, max_size=11).map(",".join), max_size=6).map("\n".join)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=300), LINES.map(lambda body: f"{HEADER}\n{body}".encode())))
def test_whatever_is_sent_is_read_or_refused(content):
    with suppress(Invalid):
        assert all(one.document_on <= TODAY for one in read(content))


def load(session, tmp_path, content, name="october.csv"):
    kept = keep_file(Store(tmp_path), content, at=AT)
    return enter_file(session, kept, name=name, by="officer:1", at=AT)


def test_a_file_lands_and_the_same_file_again_is_its_first_delivery(session, tmp_path):
    first = load(session, tmp_path, file(GOOD, GOOD))
    assert first.delivery.channel is Channel.FILE
    assert (first.delivery.source_code, first.delivery.row_count) == ("RD", 2)
    assert Store(tmp_path).get(first.delivery.content_sha256) == file(GOOD, GOOD)
    again = load(session, tmp_path, file(GOOD, GOOD), name="copy.csv")
    assert (again.is_repeat, again.delivery) == (True, first.delivery)
    assert again.delivery.name == "october.csv"


def test_one_wrong_row_of_a_thousand_leaves_nothing_behind(session, tmp_path):
    rows = [row(line_no=str(number)) for number in range(1, 1001)]
    rows[499] = row(line_no="500", tax_id="0105558096349")
    with pytest.raises(Invalid) as raised:
        load(session, tmp_path, file(*rows))
    assert raised.value.facts["errors"] == [RowFault(501, "tax_id", "check-digit", "0105558096349")]
    assert count(session, Delivery) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_large_file_is_read_without_holding_its_rows():
    rows = 60_000
    content = file(*(row(document_no=f"INV-{number}") for number in range(rows)))
    assert sum(1 for _ in SalesFile(content, today=TODAY)) == rows
    tracemalloc.start()
    some = 5_000
    assert sum(1 for _ in SalesFile(file(*[GOOD] * some), today=TODAY)) == some
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * len(file(*[GOOD] * some))


def test_the_documented_example_is_right():
    content = (ROOT / "docs" / "examples" / "vat-sales.csv").read_bytes()
    sales = list(SalesFile(content, today=date(2026, 11, 23)))
    assert {one.document_type for one in sales} == {388, 80, 81}
    assert re.search(rb"TOTAL,\d+,", content)
