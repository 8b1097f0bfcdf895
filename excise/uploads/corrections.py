"""A file as it came, with a column that says what is wrong in each row."""

import io
from collections import defaultdict

import polars as pl

from excise.evidence.tables import ROW
from excise.uploads.faults import Fault, sentence
from excise.uploads.layout import ERROR, LineLayout, defused
from excise.uploads.reading import Findings


def corrections(found: Findings, layout: LineLayout) -> bytes:
    """Return the whole file as CSV, the wrong rows first: correct them and send it again.

    Each fault is said in both languages, after the column that it is in.
    """
    titles = {column.name: column.title for column in layout.columns}
    said: dict[int, list[str]] = defaultdict(list)
    for fault in found.faults:
        said[fault.row].append(_said(fault, titles))
    errors = pl.DataFrame(
        [(row, " | ".join(told)) for row, told in said.items()],
        schema={ROW: pl.UInt32(), ERROR: pl.String()},
        orient="row",
    )
    text = found.text.drop(ERROR, strict=False)
    text = text.join(errors, on=ROW, how="left", maintain_order="left").drop(ROW)
    text = text.with_columns(pl.col(ERROR).fill_null(""))
    text = text.sort(pl.col(ERROR) == "", maintain_order=True)
    out = io.BytesIO()
    text.select(_guarded(name) for name in text.columns).write_csv(
        out, line_terminator="\r\n", include_bom=True
    )
    return out.getvalue()


def _guarded(name: str) -> pl.Expr:
    return pl.col(name).map_elements(defused, return_dtype=pl.String)


def _said(fault: Fault, titles: dict[str, str]) -> str:
    column = f"{titles[fault.column]} ({fault.column}): " if fault.column in titles else ""
    return f"{column}{sentence(fault.code, 'th')} / {sentence(fault.code, 'en')}"
