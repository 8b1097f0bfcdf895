"""Many calculations from one file: rows in, results with their explanations out.

A row is a line (`item`, `tax_point_date`, `units`, prices, measures), a late case (`tax`, `due`,
`paid`, …), a due date (`tax_month`) or a price test (`declared`, `mode`, `highest`). A row that
cannot be calculated answers with its error; the others still come out. Amounts are satang.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from excise.arrears.rules import LateCase, due_date, late_total
from excise.errors import Invalid
from excise.money import MAX_SATANG
from excise.periods import TaxMonth
from excise.tariff.entries import Tariff
from excise.tariff.rules import Line, additions, calculate_line, check_srp
from excise.tariff.rules.measures import checked
from excise.worksheet.messages import message

Row = Mapping[str, Any]
Result = dict[str, Any]

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
HIGHEST_BAHT = MAX_SATANG // 100
FIRST_BUDDHIST_YEAR = 2400  # no date of this law has such a year; the Buddhist calendar has


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
        return {"id": name} | _kind(fields)(tariff, fields)
    except Invalid as error:
        return {"id": name, "error": _error(error)}


def _error(error: Invalid) -> dict[str, Any]:
    facts = {key: fact for key, fact in error.facts.items() if fact is not None}
    th, en = message(error.reason, facts)
    return {
        "code": error.reason,
        "field": facts.get("field"),
        "message_th": th,
        "message_en": en,
        "accepted": facts.get("accepted"),
    }


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
    kinds = {"item": _line, "tax": _late, "tax_month": _due, "declared": _srp}
    for field, calculate in kinds.items():
        if field in fields:
            return calculate
    raise Invalid("unknown-row", field="item", accepted=", ".join(kinds))


def _line(tariff: Tariff, fields: Row) -> Result:
    services = tariff.item(str(fields["item"])).form == "services"
    if not services:
        _required(fields, "units")
    line = Line(
        item=str(fields["item"]),
        tax_point_date=_date(fields, "tax_point_date"),
        units=_number(fields, "units", default=Decimal(1)),
        srp_ex_vat_satang=_optional_satang(fields, "srp_ex_vat"),
        retail_price_incl_vat_satang=_optional_satang(fields, "retail_price_incl_vat"),
        measures={name: _number(fields, name) for name in fields.keys() - LINE_FIELDS},
    )
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
        "confidence": total.confidence,
        "trace": {"line": tax.trace.to_json(), "return": total.trace.to_json()},
    }


def _late(tariff: Tariff, fields: Row) -> Result:
    _known(fields, LATE_FIELDS)
    monthly = _number(fields, "surcharge_per_month") if "surcharge_per_month" in fields else None
    case = LateCase(
        tax_satang=_satang(fields, "tax"),
        already_paid_satang=_optional_satang(fields, "already_paid") or 0,
        due=_date(fields, "due"),
        paid=_date(fields, "paid"),
        penalty_multiple=_number(fields, "penalty_multiple"),
        penalty_remaining_pct=_number(fields, "penalty_remaining_pct", default=Decimal(100)),
        monthly_pct=None if monthly is None else monthly * 100,
    )
    total = late_total(tariff, case)
    return {
        "months": total.months,
        "surcharge": total.surcharge_satang,
        "penalty_statutory": total.penalty_statutory_satang,
        "penalty": total.penalty_satang,
        "subtotal": total.subtotal_satang,
        "local": total.local_satang,
        "local_if_on_tax_only": total.local_if_on_tax_only_satang,
        "total_payable": total.total_payable_satang,
        "confidence": total.confidence,
        "trace": {"late": total.trace.to_json()},
    }


def _due(tariff: Tariff, fields: Row) -> Result:
    _known(fields, {"tax_month"})
    try:
        month = TaxMonth.parse(str(fields["tax_month"]))
    except ValueError as error:
        raise Invalid(
            "not-a-month", field="tax_month", value=fields["tax_month"], accepted="YYYY-MM"
        ) from error
    _common_era(month.year, "tax_month", str(month))
    return {"due": due_date(tariff, month).isoformat()}


def _srp(tariff: Tariff, fields: Row) -> Result:
    _known(fields, {"declared", "mode", "highest", "date"})
    check = check_srp(
        tariff,
        declared_satang=_satang(fields, "declared"),
        mode_satang=_optional_satang(fields, "mode"),
        highest_satang=_optional_satang(fields, "highest"),
        on=_date(fields, "date") if "date" in fields else tariff.as_known_on,
    )
    if check is None:
        raise Invalid("field-missing", field="mode", accepted="mode or highest")
    return {"conforms": check.conforms, "against": check.against}


def _known(fields: Row, known: set[str]) -> None:
    for name in fields.keys() - known:
        raise Invalid("unknown-measure", field=name, accepted=", ".join(sorted(known)))


def _required(fields: Row, name: str) -> Any:
    if name not in fields:
        raise Invalid("field-missing", field=name)
    return fields[name]


def _number(fields: Row, name: str, *, default: Decimal | None = None) -> Decimal:
    if name not in fields and default is not None:
        return default
    entry = _required(fields, name)
    try:
        if isinstance(entry, bool | float):  # a float has lost the figure that was written
            raise InvalidOperation
        number = Decimal(str(entry).strip().replace("_", "?"))  # Decimal would read 1_0 as 10
    except InvalidOperation as error:
        raise Invalid(
            "not-a-number", field=name, value=str(entry), accepted="digits and one point"
        ) from error
    return number


def _satang(fields: Row, name: str) -> int:
    exact = checked(name, _number(fields, name), decimals=2, at_most=HIGHEST_BAHT)
    return int(exact * 100)


def _optional_satang(fields: Row, name: str) -> int | None:
    return _satang(fields, name) if name in fields else None


def _date(fields: Row, name: str) -> dt.date:
    entry = str(_required(fields, name))
    try:
        day = dt.datetime.strptime(entry, "%Y-%m-%d").replace(tzinfo=dt.UTC).date()
    except ValueError as error:
        raise Invalid("not-a-date", field=name, value=entry, accepted="YYYY-MM-DD") from error
    _common_era(day.year, name, entry)
    return day


def _common_era(year: int, name: str, entry: str) -> None:
    if year >= FIRST_BUDDHIST_YEAR:
        raise Invalid("buddhist-year", field=name, value=entry, accepted=str(year - 543))
