"""What a file of lines says, however it was written."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from excise.errors import Invalid
from excise.products.queries import products_of
from excise.returns.models import Basis
from excise.returns.part import work_out_part
from excise.returns.queries import work_out_draft
from excise.uploads import reading
from excise.uploads.corrections import corrections
from excise.uploads.layout import layout_for, template
from excise.uploads.reading import Findings, read_file
from tests import factories
from tests.factories import MONTH, TARIFF, TODAY

GTIN = "8850124003225"
HEAD = "line_ref,product,date,quantity"
pytestmark = pytest.mark.parametrize("session", ["sqlite"], indirect=True)


@pytest.fixture
def place(session):
    place = factories.establishment(session)
    factories.product(session, place, name="เบียร์ หนึ่ง", gtin=GTIN, price_from=date(2026, 9, 1))
    return place


@pytest.fixture
def read(session, place, tmp_path: Path):
    draft = factories.start(session, place, basis=Basis.MONTH, day=MONTH)

    def read(*rows: str, encoding: str = "utf-8", head: str = HEAD, content: bytes = b""):
        products = products_of(session, place.id)
        layout = layout_for(TARIFF, draft, products)
        path = tmp_path / "lines.csv"
        path.write_bytes(content or "\r\n".join((head, *rows)).encode(encoding))
        found = read_file(path, layout, tariff=TARIFF, tax_return=draft, products=products)
        read.again = lambda: corrections(found, layout).decode("utf-8-sig")
        read.template = template(layout, draft, products, lang="th")
        return found

    return read


def said(found: Findings) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.column, fault.code) for fault in found.faults]


def test_rows_of_a_product_at_one_price_and_rate_become_one_line(read):
    found = read("1,เบียร์ หนึ่ง,1/10/2569,100", f"2,{GTIN},2026-10-31,0.5")
    [line] = found.lines
    assert (line.units, line.row_count) == (100_5000, 2)
    assert (line.first_on, line.tax_point_on) == (date(2026, 10, 1), date(2026, 10, 31))


def test_a_new_price_begins_another_line(session, place, read):
    [beer] = products_of(session, place.id)
    told_at = datetime(2026, 10, 1, tzinfo=UTC)
    factories.price(
        session, beer, effective_from=date(2026, 10, 15), retail_satang=42_00, at=told_at
    )
    found = read("1,เบียร์ หนึ่ง,14/10/2569,100", "2,เบียร์ หนึ่ง,15/10/2569,100")
    assert [line.tax_point_on.day for line in found.lines] == [14, 15]


@pytest.mark.parametrize(
    ("day", "quantity", "encoding"),
    [
        ("๕/๑๐/๒๕๖๙", '"๑,๒๐๐"', "utf-8"),
        ("5-10-2026", '"1,200.0"', "cp874"),
        ("2569-10-05", " 1200 ", "utf-8-sig"),
    ],
)
def test_both_eras_thai_digits_commas_and_encodings_are_read(read, day, quantity, encoding):
    [line] = read(f"1,เบียร์ หนึ่ง,{day},{quantity}", encoding=encoding).lines
    assert (line.first_on, line.units) == (date(2026, 10, 5), 1200_0000)


def test_a_heading_may_be_thai_and_its_columns_in_any_order(read):
    found = read("5/10/2569,3,1,เบียร์ หนึ่ง", head="วันที่,ปริมาณ,เลขอ้างอิงรายการ,สินค้าหรือบริการ")
    assert [line.units for line in found.lines] == [3_0000]


def test_a_row_that_comes_twice_counts_once(read):
    found = read(*["1,เบียร์ หนึ่ง,5/10/2569,3"] * 2)
    assert (found.repeated_count, found.lines[0].units) == (1, 3_0000)


def test_every_fault_names_its_row_and_its_column(read):
    found = read(
        ",เบียร์ หนึ่ง,5/10/2569,3",
        "2,น้ำเปล่า,5/10/2569,3",
        "3,เบียร์ หนึ่ง,5/11/2569,3",
        "4,เบียร์ หนึ่ง,31/13/2569,3",
        '5,เบียร์ หนึ่ง,5/10/2569,"12,50"',
        "6,เบียร์ หนึ่ง,5/10/2569,0",
        "7,เบียร์ หนึ่ง,5/10/2569,1.00001",
        "7,เบียร์ หนึ่ง,5/10/2569,4",
        "7,เบียร์ หนึ่ง,5/10/2569,5",
        "8,เบียร์ หนึ่ง",
    )
    assert said(found) == [
        (2, "line_ref", "required"),
        (3, "product", "product-unknown"),
        (4, "date", "day-outside"),
        (5, "date", "date-format"),
        (6, "quantity", "number-format"),
        (7, "quantity", "not-positive"),
        (8, "quantity", "decimals"),
        (10, "line_ref", "ref-repeated"),
        (11, "", "column-count"),
    ]
    assert found.lines == []


def test_a_product_without_a_price_that_day_is_refused_by_row(session, place, read):
    factories.product(session, place, name="ใหม่", price_from=date(2026, 10, 20))
    found = read("1,ใหม่,19/10/2569,1", "2,ใหม่,20/10/2569,1")
    assert said(found) == [(2, "date", "no-price-on-date")]


def test_the_file_comes_back_with_its_faults_and_is_read_again_when_corrected(read):
    rows = ["1,เบียร์ หนึ่ง,5/10/2569,3", '2,เบียร์ หนึ่ง,5/10/2569,"x,y"']
    read(*rows)
    again = read.again().splitlines()
    assert again[1].startswith('2,เบียร์ หนึ่ง,5/10/2569,"x,y",')
    assert "1,234.50" in again[1]
    corrected = [row.replace('"x,y"', "4") for row in again]
    found = read(*corrected[1:], head=corrected[0])
    assert [line.units for line in found.lines] == [7_0000]


def test_the_template_has_a_row_for_each_product_and_only_wants_quantities(read):
    read("1,เบียร์ หนึ่ง,5/10/2569,3")
    head, *rows = read.template.splitlines()
    assert said(read(*rows, head=head)) == [(2, "quantity", "required")]


def test_a_file_of_too_many_rows_or_lines_is_refused_whole(read, monkeypatch):
    monkeypatch.setattr(reading, "MAX_ROWS", 2)
    with pytest.raises(Invalid, match="upload-too-long"):
        read(*(f"{n},เบียร์ หนึ่ง,5/10/2569,3" for n in range(3)))
    monkeypatch.setattr(reading, "MAX_SUMS", 0)
    with pytest.raises(Invalid, match="upload-too-many-lines"):
        read("1,เบียร์ หนึ่ง,5/10/2569,3")


def test_a_part_of_a_long_return_comes_to_the_same_total(session, place):
    draft = factories.start(session, place)
    [beer] = products_of(session, place.id)
    for quantity in (1, 7, 100, 12345):
        factories.line(session, draft, beer, quantity=quantity)
    whole = work_out_draft(TARIFF, draft, on=TODAY)
    part = work_out_part(TARIFF, draft, slice(1, 2), on=TODAY)
    assert [line.excise_satang for line in part.lines] == [whole.lines[1].excise_satang]
    assert part.additions.trace.steps == whole.additions.trace.steps
    assert (part.total_satang, part.confidence) == (whole.total_satang, whole.confidence)
