"""The rate of an item on a day, with everything that stands behind it."""

import datetime as dt
from typing import Any

from excise.tariff.entries import Tariff
from excise.tariff.rules.describe import describe_band, describe_rate, rate_confidence
from excise.tariff.rules.rates import Part, rate_on


def rate_facts_on(tariff: Tariff, item_id: str, on: dt.date) -> dict[str, Any]:
    """Return the rows that tax an item on a day: figures, law, source, confidence, bands.

    Raises Invalid `unknown-item`, `no-rate-on-date`.
    >>> from excise.tariff.schema import first_edition
    >>> facts = rate_facts_on(first_edition(), "beer", dt.date(2026, 4, 2))
    >>> facts["rate_en"], [row["confidence"] for row in facts["rows"]]
    ('22% of value + 430 baht a litre of pure alcohol', ['official'])
    """
    rate = rate_on(tariff, item_id, on)
    item = rate.item
    thai, english = describe_rate(tariff, item_id, on)
    parts = {id(part.row): part for part in (rate.value, rate.quantity) if part is not None}
    return {
        "item": item.id,
        "heading": item.heading,
        "name_th": item.name_th,
        "name_en": item.name_en,
        "on": on.isoformat(),
        "rate_th": thai,
        "rate_en": english,
        "unit": item.unit,
        "fraction": item.fraction,
        "confidence": rate_confidence(tariff, item_id, on),
        "edition": tariff.name,
        "digest": tariff.digest,
        "rows": [_row(tariff, part) for part in parts.values()],
    }


def _row(tariff: Tariff, part: Part) -> dict[str, Any]:
    row = part.row
    return {
        "row": part.where,
        "from": row.from_.isoformat(),
        "to": row.to.isoformat() if row.to else None,
        "value_pct": None if row.value_pct is None else f"{row.value_pct:f}",
        "baht": None if row.baht is None else f"{row.baht:f}",
        "by": part.by if row.bands else None,
        "marginal": row.marginal,
        "bands": [describe_band(band) for band in row.bands],
        "law": row.law or tariff.base_regulation,
        "source": row.source,
        "confidence": row.confidence,
        "note": row.note,
    }
