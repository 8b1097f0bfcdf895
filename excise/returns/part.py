"""A long return worked out for a page: all of it counts, only a part is explained."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from excise.money import scaled
from excise.returns.lines import lines_of
from excise.returns.models import Return
from excise.returns.rules import ReturnTax, put_together
from excise.returns.rules import late as late_of
from excise.tariff.bulk import DAY, ITEM, Bulk
from excise.tariff.entries import Confidence
from excise.tariff.rules import Kind, Line, Taxed, additions, calculate_line
from excise.tariff.schema import Tariff

_PRICES = ("srp_ex_vat", "retail_price_incl_vat")
_bulks: dict[str, Bulk] = {}


@dataclass(frozen=True, kw_only=True)
class _Quick:
    """What the additions ask of a line that is not explained."""

    tax_point_date: date
    kind: Kind
    excise_satang: int
    confidence: Confidence


def work_out_part(tariff: Tariff, tax_return: Return, part: slice, *, on: date) -> ReturnTax:
    """Work out a return as if it were filed on a day, but explain only a part of its lines.

    `lines` of the answer are those; everything else is of the whole return, to the satang what
    `work_out_draft` says.
    """
    lines = lines_of(tax_return.lines)
    shown = range(*part.indices(len(lines)))
    explained = {n: calculate_line(tariff, lines[n]) for n in shown}
    others = [n for n in range(len(lines)) if n not in explained]
    quick = dict(zip(others, _quickly(tariff, [lines[n] for n in others]), strict=True))
    taxes: list[Taxed] = [explained.get(n) or quick[n] for n in range(len(lines))]
    added = additions(tariff, taxes)
    filed_on = on if tax_return.amends_id is None else tax_return.due_on
    late = late_of(tariff, added, due_on=tax_return.due_on, filed_on=filed_on)
    return put_together(list(explained.values()), added, late)


def _quickly(tariff: Tariff, lines: Sequence[Line]) -> list[Taxed]:
    """Work lines out together; what the bulk engine leaves is worked out one by one."""
    if not lines:
        return []
    table = pl.DataFrame({name: _column(tariff, lines, name) for name in _names(tariff, lines)})
    taxes = _bulk(tariff).taxes(table).select("excise", "confidence").iter_rows()
    return [
        calculate_line(tariff, line)
        if excise is None
        else _Quick(
            tax_point_date=line.tax_point_date,
            kind=tariff.item(line.item).kind,
            excise_satang=excise,
            confidence=confidence,
        )
        for line, (excise, confidence) in zip(lines, taxes, strict=True)
    ]


def _bulk(tariff: Tariff) -> Bulk:
    if tariff.digest not in _bulks:
        _bulks.clear()
        _bulks[tariff.digest] = Bulk(tariff)
    return _bulks[tariff.digest]


def _names(tariff: Tariff, lines: Sequence[Line]) -> list[str]:
    measures = {name for line in lines for name in line.measures} & tariff.measures.keys()
    return [ITEM, DAY, "units", *_PRICES, *sorted(measures - {"units", *_PRICES})]


def _column(tariff: Tariff, lines: Sequence[Line], name: str) -> pl.Series:
    if name == ITEM:
        return pl.Series([line.item for line in lines], dtype=pl.String)
    if name == DAY:
        return pl.Series([line.tax_point_date for line in lines], dtype=pl.Date)
    if name in _PRICES:
        return pl.Series([getattr(line, f"{name}_satang") for line in lines], dtype=pl.Int64)
    places = tariff.measures[name].decimals
    entered = [line.units if name == "units" else line.measures.get(name) for line in lines]
    return pl.Series([_count(value, places) for value in entered], dtype=pl.Int64)


def _count(value: Decimal | None, places: int) -> int | None:
    return None if value is None else scaled(value, places)
