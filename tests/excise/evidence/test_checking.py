"""Files of every layout, checked whole columns at a time."""

import tracemalloc
import zipfile
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from excise.config import ROOT
from excise.errors import Invalid
from excise.evidence.checking import RowFault, check_file
from excise.evidence.codes import CODES
from excise.evidence.columnwise import usual
from excise.evidence.layouts import LAYOUTS
from excise.evidence.values import value_of

TODAY = date(2026, 11, 24)
SALES = LAYOUTS["vat_sales"]
HEADER = ",".join(column.name for column in SALES.columns)
GOOD = "INV-1,1,388,0105558096348,00000,2026-10-05,8850124003225,12,1250.50,87.54"
COLUMNS = {
    (column.kind, column.required, column.choices): column
    for layout in LAYOUTS.values()
    for column in layout.heading
}
WRITTEN = [
    *("", "0", "00", "1", "388", "81", "12.5", "1.005", "000001.50", ".5", "1.", "1e3", "-1"),
    *("9" * 12, "9" * 13, "9" * 12 + ".9999", "0.0001", "2026-10-05", "2026-1-5", "2569-10-05"),
    *("2026-02-29", "1999-12-31", "2026-12-01", "2026-10", "2026-13", "10/2569", "5/10/2569"),
    *("29/2/2567", "๑๒", "ภาษี", "N", "y", "C", "0105558096348", "9105558096348", "0105558096349"),
    *("8850124003225", "96385074", "MALT-01", "a\u202eb", "MR053REH105000123", "2203.00.11"),
    *("0701", "active", "INV 1", "x" * 41, "x" * 201, "1\n", "12345678"),
]


def check(tmp_path, content, layout=SALES, name="file"):
    source = tmp_path / name
    source.write_bytes(content.encode() if isinstance(content, str) else content)
    found = check_file(source, tmp_path / "rows", layout, today=TODAY)
    return found, pl.read_parquet(tmp_path / "rows")


def row(**changes):
    cells = dict(zip(HEADER.split(","), GOOD.split(","), strict=True)) | changes
    return ",".join(cells.values())


def file(*rows, header=HEADER):
    return "\r\n".join((header, *rows)) + "\r\n"


def refused(tmp_path, content, layout=SALES):
    with pytest.raises(Invalid) as raised:
        check(tmp_path, content, layout)
    return raised.value


def workbook(path, rows):
    """The smallest XLSX there is."""
    cells = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' if isinstance(cell, str)
                          else f"<c><v>{cell}</v></c>" for cell in one) + "</row>"
        for one in rows
    )  # fmt: skip
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    of = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        )
        packed.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}"><Relationship Id="r" Type="{of}/officeDocument"'
            ' Target="xl/workbook.xml"/></Relationships>',
        )
        packed.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}"><Relationship Id="s" Type="{of}/worksheet"'
            ' Target="worksheets/sheet1.xml"/></Relationships>',
        )
        packed.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{of}"><sheets>'
            '<sheet name="a" sheetId="1" r:id="s"/></sheets></workbook>',
        )
        packed.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
        )


@given(st.one_of(st.sampled_from(WRITTEN), st.text(max_size=14)))
@settings(max_examples=60, deadline=None)
def test_what_is_read_by_columns_is_what_is_read_one_by_one(text):
    for column in COLUMNS.values():
        read = pl.DataFrame({"text": [text.strip()]}).select(
            usual(pl.col("text"), column, today=TODAY)
        )
        if (value := read.item()) is not None:
            assert value == value_of(text, column, today=TODAY)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=lambda layout: layout.code)
def test_the_examples_of_every_layout_are_right(tmp_path, layout):
    examples = [
        ",".join(column.examples[min(n, len(column.examples) - 1)] for column in layout.columns)
        for n in range(2)
    ]
    for header in ("name", "title"):
        heading = ",".join(getattr(column, header) for column in layout.columns)
        found, rows = check(tmp_path, file(*examples, header=heading), layout)
        assert found.faults == []
        assert [*rows.columns] == [*layout.row_types, "action"] or set(rows.columns) == {
            *layout.row_types,
            "action",
        }
        assert found.periods == set(rows["period"])


def test_credit_notes_count_negative_and_figures_are_whole(tmp_path):
    back = row(document_type="81", document_no="CN-1", amount="0.50", quantity="1.0001")
    found, rows = check(tmp_path, file(GOOD, back, "TOTAL,2,1250.00"))
    assert rows["amount_satang"].to_list() == [125_050, -50]
    assert rows["units"].to_list() == [120_000, -10_001]
    assert rows["product_code"].to_list() == ["08850124003225"] * 2
    assert (found.row_count, found.amount_satang) == (2, 125_000)


@pytest.mark.parametrize(
    "content",
    [
        file(GOOD).encode("utf-8-sig"),
        file(GOOD, header=",".join(column.title for column in SALES.columns)).encode("cp874"),
        file("", GOOD, ",,,,,,,,,").encode(),
        file(row(amount="๑๒๕๐.๕๐", document_date="๕/๑๐/๒๕๖๙", tax_id="0-1055-58096-34-8")).encode(),
        f"{HEADER},action\n{GOOD},c\n".encode(),
    ],
)
def test_a_file_is_read_however_it_was_saved(tmp_path, content):
    found, rows = check(tmp_path, content)
    assert found.faults == []
    assert rows["amount_satang"].to_list() == [125_050]
    assert rows["period"].to_list() == [date(2026, 10, 1)]


def test_every_fault_has_its_row_column_and_sentence(tmp_path):
    wrong = (row(amount="x", branch="1"), "", "INV-9,1", row(line_no="3", vat="1.005"))
    found, _ = check(tmp_path, file(GOOD, *wrong, row(amount="1")))
    assert found.faults == [
        RowFault(3, "branch", "branch-format", "1"),
        RowFault(3, "amount", "number-format", "x"),
        RowFault(5, "", "column-count", "2"),
        RowFault(6, "vat", "decimals", "1.005"),
        RowFault(7, "document_no", "key-repeated", ""),
    ]
    assert found.fault_count == 5
    assert all(one.code in CODES and str(one) for one in found.faults)


def test_the_list_of_faults_ends_and_their_number_does_not(tmp_path, monkeypatch):
    monkeypatch.setattr("excise.evidence.checking.MAX_LISTED", 10)
    found, _ = check(tmp_path, file(*[row(amount="x")] * 50))
    assert (len(found.faults), found.fault_count) == (10, 50)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "evidence-header"),
        (b"%PDF-1.7", "evidence-header"),
        (file(GOOD, header=HEADER + ",more"), "evidence-header"),
        (HEADER, "evidence-empty"),
        (file(GOOD).encode("utf-16"), "evidence-encoding"),
        (file(GOOD, "TOTAL,2,1250.50"), "evidence-total"),
        (b"PK\x03\x04 no archive", "evidence-broken"),
        (b"PAR1 no table", "evidence-broken"),
    ],
)
def test_what_is_no_such_file_is_refused_by_its_reason(tmp_path, content, reason):
    error = refused(tmp_path, content)
    assert (error.reason, error.facts["field"]) == (reason, "file")


def test_a_sheet_is_read_as_people_see_it(tmp_path):
    path = tmp_path / "sheet"
    cells = GOOD.split(",")
    workbook(path, [HEADER.split(","), [*cells[:7], 12, 1250.5, 87.54000000000001]])
    found, rows = check(tmp_path, path.read_bytes())
    assert found.faults == []
    assert rows["vat_satang"].to_list() == [8754]


def test_parquet_is_read_with_its_types(tmp_path):
    path = tmp_path / "typed"
    table = pl.DataFrame([dict(zip(HEADER.split(","), GOOD.split(","), strict=True))])
    table = table.with_columns(
        pl.col("document_date").str.to_date(),
        pl.col("amount").cast(pl.Decimal(18, 2)),
        pl.col("vat").cast(pl.Float64),
        pl.col("line_no").cast(pl.Int64),
    )
    table.write_parquet(path)
    found, rows = check(tmp_path, path.read_bytes())
    assert found.faults == []
    assert rows["vat_satang"].to_list() == [8754]


def test_the_documented_example_is_right(tmp_path):
    found, _ = check(tmp_path, (ROOT / "docs" / "examples" / "vat-sales.csv").read_bytes())
    assert (found.row_count, found.amount_satang, found.fault_count) == (6, 8_623_730, 0)


def test_a_large_file_is_read_piece_by_piece(tmp_path):
    content = file(*(row(document_no=f"INV-{number}") for number in range(120_000)))
    tracemalloc.start()
    found, rows = check(tmp_path, content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.row_count == len(rows) == 120_000
    assert peak < 2 * len(content)
