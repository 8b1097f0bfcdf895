"""Reading the rows of a worksheet file and writing its results."""

import csv
import io
import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from excise.errors import Invalid
from excise.money import baht

COLUMNS = (
    "value_tax",
    "quantity_tax",
    "excise",
    "months",
    "surcharge",
    "penalty_statutory",
    "penalty",
    "subtotal",
    "local",
    "funds_total",
    "total_payable",
    "tax",
    "sum_1",
    "sum_2",
    "grand_total",
    "shortfall",
    "net_excise",
    "unused_credit",
    "refund_default",
    "funds_if_also_refunded",
    "interest",
    "to_fund",
    "to_treasury",
    "excise_per_litre_baht",
    "local_per_litre_baht",
    "due",
    "conforms",
    "confidence",
)
NOT_MONEY = {"months", "due", "conforms", "confidence"}


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read the rows of a JSON or CSV file (by its name's ending, else by its first character).

    JSON: a list of rows, or an object with `cases` or `rows`. Numbers stay as written.
    Raises Invalid `file-unreadable`, `file-broken`, `file-empty`.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Invalid("file-unreadable", field="file", problem=error.strerror) from error
    except UnicodeDecodeError as error:
        raise Invalid("file-broken", field="file", problem="it is not UTF-8 text") from error
    as_json = path.suffix.lower() == ".json" or text.lstrip()[:1] in {"[", "{"}
    rows = _json_rows(text) if as_json else _csv_rows(text)
    if not rows:
        raise Invalid("file-empty", field="file")
    return rows


def _broken(problem: str) -> Invalid:
    return Invalid("file-broken", field="file", problem=problem)


def _json_rows(text: str) -> list[dict[str, Any]]:
    try:
        tree = json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise _broken(str(error)) from error
    if isinstance(tree, dict):
        tree = tree.get("cases", tree.get("rows", [tree]))
    if not isinstance(tree, list):
        raise _broken("it holds no list of rows")
    for number, row in enumerate(tree, start=1):
        if not isinstance(row, dict):
            raise _broken(f"row {number} does not consist of named fields")
    return tree


def _no_number(text: str) -> NoReturn:
    raise _broken(f"{text} is not a number")


def _csv_rows(text: str) -> list[dict[str, Any]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        if len(set(header)) != len(header):
            raise _broken("a column stands twice")
        rows: list[dict[str, Any]] = []
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(header):
                raise _broken(f"line {reader.line_num} has more cells than the header")
            named = zip(header, cells, strict=False)
            rows.append({name: cell.strip() for name, cell in named if cell.strip()})
    except csv.Error as error:
        raise _broken(f"line {reader.line_num}: {error}") from error
    return rows


def as_csv(results: Sequence[dict[str, Any]]) -> str:
    """Write results as CSV, amounts in satang; a cell that a spreadsheet would run is defused."""
    codes = sorted({code for result in results for code in result.get("funds", {})})
    columns = _columns(results)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    errors = ["error_code", "error_field", "error_message_th", "error_message_en"]
    writer.writerow(["id", *columns, *(f"fund_{code}" for code in codes), *errors])
    for result in results:
        error = result.get("error", {})
        cells = [result.get("id"), *(result.get(name) for name in columns)]
        cells += [result.get("funds", {}).get(code) for code in codes]
        cells += [error.get(name.removeprefix("error_")) for name in errors]
        writer.writerow([_defused(cell) for cell in cells])
    return out.getvalue()


def _columns(results: Sequence[dict[str, Any]]) -> list[str]:
    return [name for name in COLUMNS if any(name in result for result in results)]


def _defused(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def as_table(results: Sequence[dict[str, Any]], *, thai: bool = False) -> str:
    """Write results as a table for the terminal, amounts in baht; errors at the end of the line."""
    columns = _columns(results)
    rows = [["id", *columns]]
    rows += [
        [str(result.get("id")), *(_cell(name, result.get(name)) for name in columns)]
        for result in results
    ]
    widths = [max(len(row[place]) for row in rows) for place in range(len(columns) + 1)]
    errors = ["", *(_error_words(result, thai=thai) for result in results)]
    lines = []
    for row, error in zip(rows, errors, strict=True):
        first = row[0].ljust(widths[0])
        rest = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join([first, *rest, error]).rstrip())
    return "\n".join(lines) + "\n"


def _cell(name: str, found: object) -> str:
    if isinstance(found, int) and name not in NOT_MONEY:
        return f"{baht(found):,.2f}"
    if isinstance(found, bool):
        return "yes" if found else "no"
    return "" if found is None else str(found)


def _error_words(result: dict[str, Any], *, thai: bool) -> str:
    error = result.get("error")
    return "" if error is None else str(error["message_th" if thai else "message_en"])
