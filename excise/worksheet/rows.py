"""Many calculations from one file: rows in, results with their explanations out.

A row is a line (`item`, `tax_point_date`, `units`, prices, measures), a late case (`tax`, `due`,
`paid`, …) or one of the kinds in `cases`. A row that cannot be calculated answers with its error;
the others still come out. Amounts are satang. `inputs` repeats what was calculated with.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from excise.arrears.rules import LateCase, LateTotal, late_total
from excise.errors import Invalid
from excise.formats import baht_text
from excise.tariff.entries import Tariff
from excise.tariff.rules import Line, additions, calculate_line
from excise.worksheet.cases import KINDS, rate_of_a_unit
from excise.worksheet.fields import (
    Result,
    Row,
    date,
    known,
    number,
    optional_satang,
    required,
    satang,
)
from excise.worksheet.messages import message

# What a row may carry beside what is calculated: descriptions, and the results it is compared to.
SHOWN_ONLY = {"id", "tariff_code", "title", "category", "note", "rates"}
LINE_FIELDS = {
    "item",
    "tax_point_date",
    "units",
    "srp_ex_vat",
    "retail_price_incl_vat",
    "band_parameter",
}
LATE_FIELDS = {
    "tax",
    "already_paid",
    "due",
    "paid",
    "penalty_multiple",
    "penalty_remaining_pct",
    "surcharge_per_month",
}
# Receipts of a service are its price without VAT, under any of these names.
RECEIPTS = ("receipts_ex_vat", "receipts")


def calculate_rows(tariff: Tariff, rows: Sequence[Row]) -> list[Result]:
    """Calculate each row by itself; a bad one gives `error` instead of results.

    >>> from excise.tariff.schema import first_edition
    >>> [result] = calculate_rows(first_edition(), [{"id": "1", "item": "petrol_ulg",
    ...     "tax_point_date": "2026-02-01", "units": "1", "litres_per_unit": "10000.3"}])
    >>> result["excise"], result["local"], result["total_payable"]
    (7500750, 750075, 8250825)
    """
    return [_calculated(tariff, row, number) for number, row in enumerate(rows, start=1)]


def _calculated(tariff: Tariff, row: Row, number: int) -> Result:
    name = row.get("id", number)
    if not isinstance(name, int):
        name = str(name)
    try:
        fields = _fields(row)
        inputs = {key: str(entry) for key, entry in fields.items()}
        return {"id": name} | _kind(fields)(tariff, fields) | {"inputs": inputs}
    except Invalid as error:
        return {"id": name, "error": _error(tariff, error)}


def _error(tariff: Tariff, error: Invalid) -> dict[str, Any]:
    facts = {key: fact for key, fact in error.facts.items() if fact is not None}
    if error.reason == "unknown-item":
        facts["accepted"] = _items_like(tariff, str(facts["value"]))
    th, en = message(error.reason, facts)
    return {
        "code": error.reason,
        "field": facts.get("field"),
        "message_th": th,
        "message_en": en,
        "accepted": facts.get("accepted"),
    }


def _items_like(tariff: Tariff, written: str) -> str:
    """Name the items whose names come nearest, or else all."""
    names = [item.id for item in tariff.items]
    return ", ".join(get_close_matches(written, names, n=5) or names)


def _fields(row: Row) -> dict[str, Any]:
    """Lay a row out flat: `inputs` and `band_parameter` opened, empty cells left out."""
    inputs = row.get("inputs", row)
    if not isinstance(inputs, Mapping):
        raise Invalid("not-a-row", field="inputs", accepted="named fields")
    flat: dict[str, Any] = {}
    for key, value in inputs.items():
        inner = value if isinstance(value, Mapping) and key == "band_parameter" else {key: value}
        for name, entry in inner.items():
            plain = str(name).removeprefix("band_parameter.")
            if entry is not None and entry != "" and plain.split(".")[0] not in SHOWN_ONLY:
                flat[plain] = entry
    return flat


def _kind(fields: Row) -> Callable[[Tariff, Row], Result]:
    for field, calculate in KINDS:
        if field in fields:
            return calculate
    if "item" in fields:
        return rate_of_a_unit if "date" in fields and "tax_point_date" not in fields else _line
    if "tax" in fields:
        return _late
    kinds = ("item", "tax", *(field for field, _ in KINDS))
    raise Invalid("unknown-row", field="item", accepted=", ".join(kinds))


def _line(tariff: Tariff, fields: Row) -> Result:
    if tariff.item(str(fields["item"])).form == "services":
        fields = _with_receipts(fields)
    else:
        required(fields, "units", "a number of pieces")
    line = Line(
        item=str(fields["item"]),
        tax_point_date=date(fields, "tax_point_date"),
        units=number(fields, "units", default=Decimal(1)),
        srp_ex_vat_satang=optional_satang(fields, "srp_ex_vat"),
        retail_price_incl_vat_satang=optional_satang(fields, "retail_price_incl_vat"),
        measures={name: number(fields, name) for name in fields.keys() - LINE_FIELDS},
    )
    return line_result(tariff, line)


def _with_receipts(fields: Row) -> Row:
    """Take the receipts of a service as its price, whichever name they were given."""
    names = [name for name in RECEIPTS if name in fields]
    if not names or "srp_ex_vat" in fields:
        return fields
    rest = {name: entry for name, entry in fields.items() if name != names[0]}
    return {**rest, "srp_ex_vat": fields[names[0]]}


def line_result(tariff: Tariff, line: Line) -> Result:
    """Calculate a line and answer with every figure, in satang, and the traces behind them."""
    tax = calculate_line(tariff, line)
    total = additions(tariff, [tax])
    return {
        "value_tax": tax.value_tax_satang,
        "quantity_tax": tax.quantity_tax_satang,
        "excise": tax.excise_satang,
        "local": total.local_satang,
        "funds": total.funds_satang,
        "funds_total": total.funds_total_satang,
        "total_payable": total.total_payable_satang,
        "total_text_th": baht_text(total.total_payable_satang),
        "confidence": total.confidence,
        "trace": {"line": tax.trace.to_json(), "return": total.trace.to_json()},
    }


def _late(tariff: Tariff, fields: Row) -> Result:
    known(fields, LATE_FIELDS)
    monthly = number(fields, "surcharge_per_month") if "surcharge_per_month" in fields else None
    case = LateCase(
        tax_satang=satang(fields, "tax"),
        already_paid_satang=optional_satang(fields, "already_paid") or 0,
        due=date(fields, "due"),
        paid=date(fields, "paid"),
        penalty_multiple=number(fields, "penalty_multiple"),
        penalty_remaining_pct=number(fields, "penalty_remaining_pct", default=Decimal(100)),
        monthly_pct=None if monthly is None else monthly * 100,
    )
    return late_result(late_total(tariff, case))


def late_result(total: LateTotal) -> Result:
    """Answer a late case with every figure, in satang, and the trace behind them."""
    return {
        "months": total.months,
        "surcharge": total.surcharge_satang,
        "penalty_statutory": total.penalty_statutory_satang,
        "penalty": total.penalty_satang,
        "subtotal": total.subtotal_satang,
        "local": total.local_satang,
        "local_if_on_tax_only": total.local_if_on_tax_only_satang,
        "total_payable": total.total_payable_satang,
        "total_text_th": baht_text(total.total_payable_satang),
        "confidence": total.confidence,
        "trace": {"late": total.trace.to_json()},
    }
