"""A million rows of VAT sales from CSV: checked and written, against only read and written."""

import tempfile
from datetime import date
from pathlib import Path

import polars as pl

from benchmarks.timing import lines, side_by_side
from excise.evidence.checking import check_file
from excise.evidence.layouts import LAYOUTS

ROWS = 1_000_000


def ratios() -> list[str]:
    """Compare the checker with a reader that believes everything."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "sales.csv"), Path(folder, "rows.parquet")
        _write(source)
        best = side_by_side(
            {
                "read and written, unchecked": lambda: _unchecked(source, target),
                "checked by its layout": lambda: check_file(
                    source, target, LAYOUTS["vat_sales"], today=date(2026, 11, 24)
                ),
            },
            rounds=3,
        )
    rate = ROWS / best["checked by its layout"]
    return lines(f"{ROWS:,} rows of VAT sales from CSV, {rate:,.0f} rows a second", best)


def _unchecked(source: Path, target: Path) -> None:
    pl.read_csv(source, infer_schema=False).write_parquet(target)


def _write(path: Path) -> None:
    number = pl.int_range(ROWS, eager=True).alias("number")
    pl.DataFrame([number]).select(
        document_no=pl.format("INV6910-{}", "number"),
        line_no=pl.lit(1),
        document_type=pl.lit(388),
        tax_id=pl.lit("0105558096348"),
        branch=pl.lit("00000"),
        document_date=pl.lit("2026-10-05"),
        product_code=pl.lit("8850124003225"),
        quantity=pl.col("number") % 5000,
        amount=(pl.col("number") * 7).cast(pl.Decimal(18, 2)),
        vat=pl.col("number").cast(pl.Decimal(18, 2)),
    ).write_csv(path)
