"""The tariff in the words of a page: what an item pays on a day, since when, by which law."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from excise.errors import Invalid
from excise.tariff.entries import Item, Tariff
from excise.tariff.explanation import confidence_text
from excise.tariff.figures import exact_text
from excise.tariff.rules import describe_rate, rate_confidence
from excise.tariff.rules.describe import describe_choices
from excise.tariff.rules.rates import Part, rows_of


@dataclass(frozen=True, kw_only=True)
class Found:
    """An item of the list; `rate` is "" when it has none on that day."""

    item: Item
    rate: str
    is_assumed: bool


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One band of a row, or the whole row when it has no bands."""

    edges: str
    rate: str
    confidence: str
    is_assumed: bool


@dataclass(frozen=True, kw_only=True)
class RateRow:
    """One dated row: what it says, and who says so."""

    from_: dt.date
    to: dt.date | None
    by: str
    choices: list[Choice]
    law: str
    source: str
    is_in_force: bool


@dataclass(frozen=True, kw_only=True)
class Added:
    """What is added to the tax: how much of it, under which law."""

    name: str
    pct: str
    section: str
    confidence: str
    is_assumed: bool


def search(
    tariff: Tariff, words: str, group: str, on: dt.date, lang: str
) -> list[tuple[str, list[Found]]]:
    """Return what fits the words and the duty group, by chapter; no words fit everything."""
    wanted = words.casefold().split()
    chapters: dict[int, list[Found]] = {}
    for item in tariff.items:
        text = f"{item.heading} {item.name_th} {item.name_en} {item.edi or ''} {item.id}".casefold()
        if all(word in text for word in wanted) and (not group or group in item.duty_groups):
            chapters.setdefault(item.chapter, []).append(_found(tariff, item, on, lang))
    return [
        (f"{number}. {getattr(tariff.chapters[str(number)], lang)}", found)
        for number, found in chapters.items()
    ]


def _found(tariff: Tariff, item: Item, on: dt.date, lang: str) -> Found:
    try:
        th, en = describe_rate(tariff, item.id, on)
        assumed = rate_confidence(tariff, item.id, on) == "assumed"
    except Invalid:  # no rate that day
        return Found(item=item, rate="", is_assumed=False)
    return Found(item=item, rate=th if lang == "th" else en, is_assumed=assumed)


def history(tariff: Tariff, item: Item, on: dt.date, lang: str) -> list[RateRow]:
    """Return all rows of an item, the latest first."""
    rows = [_row(tariff, item, part, on, lang) for part in rows_of(tariff, item.id)]
    return sorted(rows, key=_from, reverse=True)


def _from(row: RateRow) -> dt.date:
    return row.from_


def _row(tariff: Tariff, item: Item, part: Part, on: dt.date, lang: str) -> RateRow:
    row, measure = part.row, tariff.measures[part.by] if part.row.bands and part.by else None
    return RateRow(
        from_=row.from_,
        to=row.to,
        by=f"{getattr(measure, lang)} ({getattr(measure, f'unit_{lang}')})" if measure else "",
        choices=[
            Choice(
                edges=edges,
                rate=rate,
                confidence=confidence_text(confidence, lang),
                is_assumed=confidence == "assumed",
            )
            for edges, rate, confidence in describe_choices(
                part, tariff.units[item.unit], thai=lang == "th"
            )
        ],
        law=row.law or tariff.base_regulation,
        source=row.source,
        is_in_force=row.covers(on),
    )


def added(tariff: Tariff, item: Item, on: dt.date, lang: str) -> list[Added]:
    """Return what is added to the tax on an item on a day: local tax and the funds."""
    local = tariff.rule(tariff.provisions["local_tax_pct"], "local_tax_pct", on)
    name = "ภาษีเพื่อราชการส่วนท้องถิ่น" if lang == "th" else "Local tax"
    first = _added(name, local.value, local.section, local.confidence, lang)
    return [
        first,
        *(
            _added(getattr(fund, lang), fund.pct, fund.section, fund.confidence, lang)
            for fund in tariff.funds
            if item.kind in fund.applies_to and fund.covers(on)
        ),
    ]


def _added(name: str, pct: Decimal, section: str, confidence: str, lang: str) -> Added:
    return Added(
        name=name,
        pct=f"{exact_text(Fraction(pct))}%",
        section=section,
        confidence=confidence_text(confidence, lang),
        is_assumed=confidence == "assumed",
    )


def groups(tariff: Tariff, codes: Iterable[str], lang: str) -> str:
    """Name the duty groups of an item."""
    return ", ".join(f"{code} {getattr(tariff.duty_groups[code], lang)}" for code in codes)


def is_known(tariff: Tariff, rows: Sequence[RateRow], on: dt.date) -> bool:
    """Tell whether the whole rate of an item is known on a day, and the law was in force."""
    return tariff.in_force_from <= on and any(row.is_in_force for row in rows)
