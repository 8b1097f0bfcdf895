"""A file of any length comes out as its rows would one by one."""

import csv
import io
import resource
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

from excise.errors import Invalid
from excise.tariff.schema import first_edition
from excise.worksheet import as_csv, calculate_rows, read_rows
from excise.worksheet.streams import calculate_file

TARIFF = first_edition()
HEADER = "id,item,tax_point_date,units,srp_ex_vat,retail_price_incl_vat,volume_l,degree,litres_per_unit,receipts,band_parameter.electric_range_km,tax,strange\n"
ROWS = """a,beer,2026-04-02,100,36.45,,0.3200,5,,,,,
b,beer,2026-04-02,100,,39,0.32,5.0,,,,,
c,beer,2026-04-02,100,36.44,39,0.32,5,,,,,
d,beer,2569-04-02,100,36.45,,0.32,5,,,,,
e,beer,2026-4-2,100,36.45,,0.32,5,,,,,
f,beer,2026-04-02,1e2,36.45,,.32,5,,,,,
g,beer,2026-04-02,100.5,36.45,,0.32001,5,,,,,
h,beer,2026-04-02,,36.45,,0.32,5,,,,,
i,beer,2026-04-02,-1,36.45,,0.32,5,,,,,
j,beer,2026-04-02,100,36.45,,0.32,101,,,,,
k,beer,2026-04-02,100,36.45,,0.32,5,,,,,x
l,petrol_ulg,2026-02-01,1,,,,,10000.3,,,,
m,petrol_ulg,2016-02-01,1,,,,,10000.3,,,,
n,car_phev,2026-02-01,3,1000000,,,,,,80,,
o,car_phev,2026-02-01,3,1000000,,,,,,79.99,,
p,golf_course,2026-02-01,,,,,,,1000.05,,,
=q,nothing,2026-02-01,1,,,,,,,,,
t, beer ,2026-04-02, 100 ,36.45,,0.32,5,,,,,
r,lpg,2026-02-01,999999999999,,,,,,,,,
s,petrol_ulg,2026-02-01,1000000000,,,,,1000000000,,,,
"""


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "lines.csv"
    path.write_text(HEADER + ROWS, encoding="utf-8")
    return path


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_a_csv_file_comes_out_as_its_rows_one_by_one(source, tmp_path):
    target = tmp_path / "taxes.csv"
    counts = calculate_file(TARIFF, source, target)
    expected = table(as_csv(calculate_rows(TARIFF, read_rows(source))))
    assert table(target.read_text(encoding="utf-8")) == expected
    refused = sum(bool(row["error_code"]) for row in expected)
    assert (counts.lines, counts.refused) == (len(expected), refused)
    assert 5 < refused < len(expected)


def test_parquet_in_pieces_is_the_same_as_csv(source, tmp_path, monkeypatch):
    monkeypatch.setattr("excise.worksheet.streams.AT_ONCE", 4)
    lines = pl.read_csv(source, infer_schema=False)
    lines.write_parquet(tmp_path / "lines.parquet")
    told = []
    calculate_file(TARIFF, tmp_path / "lines.parquet", tmp_path / "a.parquet", tell=told.append)
    calculate_file(TARIFF, source, tmp_path / "a.csv")
    found = pl.read_parquet(tmp_path / "a.parquet").with_columns(pl.col("id").replace("=q", "'=q"))
    expected = pl.read_csv(tmp_path / "a.csv", schema=found.schema)
    assert found.equals(expected)
    assert told[0] == 4


def test_numbers_of_parquet_are_taken_as_they_are_and_a_float_is_refused(tmp_path):
    lines = {
        "item": ["petrol_ulg"],
        "tax_point_date": pl.Series(["2026-02-01"]).str.to_date(),
        "units": [3],
        "litres_per_unit": pl.Series([Decimal("1.500000")], dtype=pl.Decimal(20, 6)),
    }
    source, target = tmp_path / "a.parquet", tmp_path / "b.parquet"
    pl.DataFrame(lines).write_parquet(source)
    calculate_file(TARIFF, source, target)
    assert pl.read_parquet(target)["excise"].to_list() == [5 * 7_50]
    pl.DataFrame(lines | {"litres_per_unit": [1.5]}).write_parquet(source)
    assert calculate_file(TARIFF, source, target).refused == 1
    assert pl.read_parquet(target)["error_code"].to_list() == ["not-a-number"]


@pytest.mark.parametrize("text", ["", "item,item\nbeer,beer\n", "item,units\nbeer\n"])
def test_a_broken_file_is_refused(tmp_path, text):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(Invalid) as refused:
        calculate_file(TARIFF, tmp_path / "a.csv", tmp_path / "b.csv")
    assert refused.value.reason in {"file-broken", "file-empty"}


def many_lines(path, count):
    """Write one group of lines that are two kilobytes each once they are read."""
    note = pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int8()), ["n" * 2000])
    lines = {
        "item": ["petrol_ulg"] * count,
        "tax_point_date": ["2026-02-01"] * count,
        "units": range(count),
        "litres_per_unit": ["10.5"] * count,
        "note": note,
    }
    parquet.write_table(pa.table(lines), path, row_group_size=count, store_schema=False)


def test_the_memory_it_takes_does_not_grow_with_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr("excise.worksheet.streams.AT_ONCE", 1 << 12)
    held = []

    def hold(_done):
        pages = Path("/proc/self/statm").read_text().split()[1]
        held.append(int(pages) * resource.getpagesize() // 1_000_000)

    most = []
    for count in (1 << 14, 1 << 17):
        held.clear()
        many_lines(tmp_path / "lines.parquet", count)
        calculate_file(TARIFF, tmp_path / "lines.parquet", tmp_path / "out.csv", tell=hold)
        most.append(max(held))
    assert most[1] - most[0] < 100, "the notes of all lines are 262 MB"
