"""What an item needs on a day, and its rate in words: forms are built from this."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from excise.tariff.entries import Band, Confidence, Entry, Rate, Tariff, Unit
from excise.tariff.figures import shown
from excise.tariff.rules.rates import Part, confidence_of, rate_on, weakest


@dataclass(frozen=True, slots=True)
class InputField:
    """A figure to enter: how fine, how large, and whether to the product or to the line."""

    name: str
    label_th: str
    label_en: str
    unit_th: str
    unit_en: str
    decimals: int
    at_most: int
    of: Literal["product", "line"]
    required: bool


def inputs_of(tariff: Tariff, item_id: str, on: dt.date) -> tuple[InputField, ...]:
    """List what must (or may) be entered for an item on a day.

    A price that may be entered with or without VAT is listed as `srp_ex_vat`; services enter
    their receipts under the same name.
    >>> from excise.tariff.schema import first_edition
    >>> [field.name for field in inputs_of(first_edition(), "beer", dt.date(2026, 4, 2))]
    ['units', 'srp_ex_vat', 'volume_l', 'degree']
    """
    rate = rate_on(tariff, item_id, on)
    services = rate.item.form == "services"
    unit = tariff.units[rate.item.unit]
    names: dict[str, bool] = {} if services else {"units": True}
    if rate.value is not None:
        names["srp_ex_vat"] = any(rate.value.value_pcts) or services
    if rate.quantity is not None:
        names |= dict.fromkeys(unit.factors, True)
    for part in (rate.value, rate.quantity):
        if part is not None and part.row.bands and part.by is not None:
            source = tariff.measures[part.by].taken_from
            if source == "srp_ex_vat":
                names["srp_ex_vat"] = True
            else:
                names[part.by] = source is None
    return tuple(_field(tariff, unit, name, need, services) for name, need in names.items())


def _field(tariff: Tariff, unit: Unit, name: str, required: bool, services: bool) -> InputField:
    as_receipts = services and name == "srp_ex_vat"
    measure = tariff.measures["receipts_ex_vat" if as_receipts else name]
    return InputField(
        name,
        measure.th,
        measure.en,
        measure.unit_th,
        measure.unit_en,
        unit.count_decimals if name == "units" else measure.decimals,
        measure.max,
        measure.of,
        required,
    )


def describe_rate(tariff: Tariff, item_id: str, on: dt.date) -> tuple[str, str]:
    """Say the rate of an item on a day in one line, Thai and English.

    >>> from excise.tariff.schema import first_edition
    >>> describe_rate(first_edition(), "beer", dt.date(2026, 4, 2))[1]
    '22% of value + 430 baht a litre of pure alcohol'
    """
    rate = rate_on(tariff, item_id, on)
    unit = tariff.units[rate.item.unit]
    if rate.value is not None and rate.quantity is not None and rate.value.row is rate.quantity.row:
        parts = [rate.value]
    else:
        parts = [part for part in (rate.value, rate.quantity) if part is not None]
    return (
        " + ".join(_part(tariff, part, unit, thai=True) for part in parts),
        " + ".join(_part(tariff, part, unit, thai=False) for part in parts),
    )


def rate_confidence(tariff: Tariff, item_id: str, on: dt.date) -> Confidence:
    """Return how sure the rate of an item on a day is; of several bands, the least sure.

    >>> from excise.tariff.schema import first_edition
    >>> rate_confidence(first_edition(), "coffee_tea", dt.date(2026, 4, 2))
    'assumed'
    """
    rate = rate_on(tariff, item_id, on)
    parts = [part for part in (rate.value, rate.quantity) if part is not None]
    return weakest(confidence_of(part, choice) for part in parts for choice in part.choices)


def _part(tariff: Tariff, part: Part, unit: Unit, *, thai: bool) -> str:
    if not part.row.bands or part.by is None:
        return _rate(part.row, unit, thai=thai)
    measure = tariff.measures[part.by]
    label, of = (measure.th, measure.unit_th) if thai else (measure.en, measure.unit_en)
    bands = "; ".join(
        f"{band_edges(band)}: {_rate(band, unit, thai=thai)}" for band in part.row.bands
    )
    return f"{label} ({of}): {bands}"


def describe_choices(part: Part, unit: Unit, *, thai: bool) -> list[tuple[str, str, Confidence]]:
    """Say each band of a row: its edges, its rate, how sure it is; one without edges if no bands.

    >>> from excise.tariff.schema import first_edition
    >>> tariff = first_edition()
    >>> car = rate_on(tariff, "car_phev", dt.date(2026, 4, 2)).value
    >>> describe_choices(car, tariff.units["vehicle"], thai=False)
    [('<80', '10% of value', 'press'), ('≥80', '5% of value', 'press')]
    """
    return [
        (
            band_edges(choice) if isinstance(choice, Band) else "",
            _rate(choice, unit, thai=thai),
            confidence_of(part, choice),
        )
        for choice in part.choices
    ]


def describe_band(entry: Entry) -> str:
    """Say a band or another small part of a row in signs that need no language.

    >>> describe_band(Band(above=Decimal(6), up_to=Decimal(8), baht=Decimal("0.1")))
    '>6 ≤8: 0.1'
    """
    if not isinstance(entry, Band):
        told = entry.model_dump(exclude_none=True)
        return " ".join(f"{name} {value}" for name, value in told.items())
    figures = [] if entry.value_pct is None else [f"{shown(Fraction(entry.value_pct))}%"]
    figures += [] if entry.baht is None else [shown(Fraction(entry.baht))]
    sure = f" ({entry.confidence})" if entry.confidence else ""
    return f"{band_edges(entry)}: {' + '.join(figures)}{sure}".lstrip(": ")


def band_edges(band: Band) -> str:
    """Write the edges of a band in signs.

    >>> band_edges(Band(at_least=Decimal(6), below=Decimal(8)))
    '≥6 <8'
    """
    signs = ((">", band.above), ("≥", band.at_least), ("≤", band.up_to), ("<", band.below))
    return " ".join(f"{sign}{shown(Fraction(edge))}" for sign, edge in signs if edge is not None)


def _rate(choice: Rate | Band, unit: Unit, *, thai: bool) -> str:
    return " + ".join(
        [_value(choice.value_pct, thai)] * (choice.value_pct is not None)
        + [_quantity(choice.baht, unit, thai)] * (choice.baht is not None)
    )


def _value(pct: Decimal | None, thai: bool) -> str:
    number = shown(Fraction(pct or 0))
    return f"ร้อยละ {number} ของมูลค่า" if thai else f"{number}% of value"


def _quantity(rate: Decimal | None, unit: Unit, thai: bool) -> str:
    number = shown(Fraction(rate or 0))
    return f"{number} บาทต่อ{unit.th}" if thai else f"{number} baht a {unit.en}"
