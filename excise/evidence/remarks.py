"""A file that was refused, given back with what is wrong beside each row."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from excise.evidence.checking import RowFault
from excise.evidence.codes import CODES
from excise.evidence.columns import REMARKS, Layout
from excise.evidence.tables import ROW, opened

_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def remarked(source: Path, layout: Layout, faults: Iterable[RowFault]) -> bytes:
    """Return the rows of a file as CSV, with what is wrong in two more columns, th and en.

    It can be corrected and sent again as it is: the remarks are not read. What a
    spreadsheet would run is defused.
    """
    told: dict[int, list[RowFault]] = defaultdict(list)
    for fault in faults:
        told[fault.row].append(fault)
    table = opened(source, layout)
    columns = [name for name in table.columns if name not in REMARKS]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*columns, *REMARKS])
    for piece in table.pieces():
        rows = {one[ROW]: [one[name] for name in columns] for one in piece.rows.to_dicts()}
        rows |= {one.row: list(one.cells[: len(columns)]) for one in piece.uneven}
        for number, cells in sorted(rows.items()):
            padded = [*map(_defused, cells), *[""] * (len(columns) - len(cells))]
            writer.writerow([*padded, *_said(told[number])])
    return text.getvalue().encode("utf-8-sig")


def _said(faults: list[RowFault]) -> tuple[str, str]:
    th = "; ".join(f"{fault.column}: {CODES[fault.code].th}" for fault in faults)
    en = "; ".join(f"{fault.column}: {CODES[fault.code].en}" for fault in faults)
    return th, en


def _defused(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_RUN_BY_SPREADSHEETS) else cell
