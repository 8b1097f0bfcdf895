"""Files of every layout, landed, filed, corrected and annulled."""

from datetime import date

import pytest

from excise.config import Settings
from excise.documents.store import Store
from excise.errors import Invalid
from excise.evidence import filing
from excise.evidence.actions import enter
from excise.evidence.checking import RowFault
from excise.evidence.columns import ACTION
from excise.evidence.files import enter_file, keep_file
from excise.evidence.layouts import LAYOUTS
from excise.evidence.models import Channel, Delivery
from excise.evidence.parquet import connect, view
from excise.evidence.queries import delivered, delivery, told_by
from excise.evidence.workflows import read_now
from tests.conftest import count
from tests.factories import AT

SALES, IMPORTS = LAYOUTS["vat_sales"], LAYOUTS["import_lines"]
HEADER = ",".join(column.name for column in SALES.columns)
GOOD = "INV-1,1,388,0105558096348,00000,2026-10-05,8850124003225,12,1250.50,87.54"
LINE = (
    "A0191691000123,{line},0105558096348,{on},2203.00.11,8850124003225,{units},250000,55000,{act}"
)
SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
# The rows lie outside the database, so one engine tells as much as two.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def settings(database_url, tmp_path):
    return Settings(data=tmp_path, database_url=database_url, demo=True)


def text(*rows, header=HEADER):
    return "\r\n".join((header, *rows)) + "\r\n"


def load(session, folder, content, layout=SALES, name="october.csv"):
    source = folder / "sent"
    source.write_text(content)
    kept = keep_file(Store(folder / "documents"), source, layout, at=AT)
    source.unlink()
    return enter_file(session, kept, name=name, by="officer:1", at=AT)


def told(settings, database, *rows):
    """Land import lines, each given as (line, day, units, action), and file them."""
    lines = [LINE.format(line=n, on=on, units=units, act=act) for n, on, units, act in rows]
    header = ",".join(column.name for column in (*IMPORTS.columns, ACTION))
    with database.transaction() as session:
        number = load(session, settings.data, text(*lines, header=header), IMPORTS)
        number = number.delivery.receipt_no
    read_now(settings, database, number)
    with database.reading() as session:
        one = delivery(session, number)
        return one.new_count, one.replaced_count, one.repeated_count, one.conflicting_count


def in_force(settings, *periods):
    with connect(settings) as connection:
        view(connection, settings, IMPORTS, periods or [SEPTEMBER, OCTOBER])
        rows = connection.execute(
            "SELECT line_no, declared_on, units // 10000 FROM import_lines ORDER BY ALL"
        )
        return [(line, str(on), units) for line, on, units in rows.fetchall()]


def test_a_file_lands_and_the_same_file_again_is_its_first_delivery(session, tmp_path):
    first = load(session, tmp_path, text(GOOD, GOOD))
    assert first.delivery.channel is Channel.FILE
    assert (first.delivery.source_code, first.delivery.row_count) == ("RD", 2)
    kept = Store(tmp_path / "documents").get(first.delivery.content_sha256)
    assert kept == text(GOOD, GOOD).encode()
    again = load(session, tmp_path, text(GOOD, GOOD), name="copy.csv")
    assert (again.is_repeat, again.delivery) == (True, first.delivery)
    assert again.delivery.name == "october.csv"


def test_one_wrong_row_of_a_thousand_leaves_nothing_behind(session, tmp_path):
    rows = [GOOD.replace(",1,", f",{number},", 1) for number in range(1, 1001)]
    rows[499] = rows[499].replace("0105558096348", "0105558096349")
    with pytest.raises(Invalid) as raised:
        load(session, tmp_path, text(*rows))
    assert raised.value.facts["errors"] == [RowFault(501, "tax_id", "check-digit", "0105558096349")]
    assert count(session, Delivery) == 0
    assert not (tmp_path / "documents").exists()


@on_sqlite
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=lambda layout: layout.code)
def test_the_example_of_every_layout_becomes_rows_in_its_view(settings, database, layout):
    with database.transaction() as session:
        landed = load(session, settings.data, layout.example, layout).delivery
        number, rows = landed.receipt_no, landed.row_count
        months = [date.fromisoformat(period) for period in landed.periods]
    assert number.startswith("VS-" if layout is SALES else "EV-")
    read_now(settings, database, number)
    with connect(settings) as connection:
        view(connection, settings, layout, months)
        described = connection.execute(f"DESCRIBE {layout.code}").fetchall()
        [found] = connection.execute(f"SELECT count(*) FROM {layout.code}").fetchone()
    assert found == rows
    assert {name: kind for name, kind, *_ in described} == layout.view_types
    with database.reading() as session:
        assert sorted(delivered(session, months, layout)) == sorted(months)
        assert list(told_by(session, months[0], layout.code)) == [layout.source]
        others = {one.code for one in LAYOUTS.values() if told_by(session, months[0], one.code)}
        assert others == {layout.code}


@on_sqlite
def test_a_correction_replaces_what_was_told_and_an_annulment_removes_it(settings, database):
    first = told(settings, database, (1, "2026-10-05", 10, "N"), (2, "2026-10-05", 20, ""))
    assert first == (2, 0, 0, 0)
    assert told(settings, database, (1, "2026-10-05", 99, "N")) == (0, 0, 0, 1)
    assert told(settings, database, (1, "2026-10-05", 11, "C")) == (0, 1, 0, 0)
    assert in_force(settings) == [(1, "2026-10-05", 11), (2, "2026-10-05", 20)]
    assert told(settings, database, (1, "2026-10-05", 12, "C"), (2, "2026-10-05", 20, "A")) == (
        *(0, 2, 0, 0),
    )
    assert in_force(settings) == [(1, "2026-10-05", 12)]
    assert told(settings, database, (2, "2026-10-05", 21, "A")) == (0, 0, 1, 0)
    assert told(settings, database, (2, "2026-10-05", 22, "N")) == (1, 0, 0, 0)
    assert in_force(settings) == [(1, "2026-10-05", 12), (2, "2026-10-05", 22)]


@on_sqlite
def test_a_correction_moves_a_row_to_another_month(settings, database):
    told(settings, database, (1, "2026-10-05", 10, "N"))
    assert told(settings, database, (1, "2026-09-30", 10, "C")) == (0, 1, 0, 0)
    assert in_force(settings, OCTOBER) == []
    assert in_force(settings, SEPTEMBER) == [(1, "2026-09-30", 10)]


@on_sqlite
def test_what_is_corrected_stays_so_when_all_is_filed_again(settings, database):
    told(settings, database, (1, "2026-10-05", 10, "N"), (2, "2026-10-05", 20, "N"))
    told(settings, database, (1, "2026-09-30", 11, "C"), (2, "2026-10-05", 20, "A"))
    before = in_force(settings)
    for _ in range(2):
        assert [fault for _, fault in filing.rebuild(settings, filing.all_of(database))] == [
            None,
            None,
        ]
        assert in_force(settings) == before == [(1, "2026-09-30", 11)]


@on_sqlite
def test_what_one_source_corrects_is_not_what_another_told(settings, database):
    source = settings.data / "sent"
    header = ",".join(column.name for column in IMPORTS.columns)
    line = LINE.format(line=1, on="2026-10-05", units=10, act="").removesuffix(",")
    source.write_text(text(line, header=header))
    kept = keep_file(Store(settings.documents), source, IMPORTS, at=AT)
    with database.transaction() as session:
        number = enter(
            session, kept, source_code="OTHER", document_no="1", name="", channel=Channel.FILE,
            row_count=1, by="officer:1", at=AT,
        ).delivery.receipt_no  # fmt: skip
    read_now(settings, database, number)
    assert told(settings, database, (1, "2026-10-05", 11, "C")) == (1, 0, 0, 0)
    assert [units for _, _, units in in_force(settings)] == [10, 11]
