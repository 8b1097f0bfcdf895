"""Change the text of an edition in one place, and leave every other letter as it was.

A lawyer's remarks and order stay: the places are found in what YAML tells of the text,
and only there something is put in.
"""

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import yaml

from excise.errors import Invalid, NotFound
from excise.tariff.entries import Confidence, Rate
from excise.tariff.faults import Fault
from excise.tariff.schema import load

CONFIRMED: tuple[Confidence, ...] = ("official", "press")
_DAY = dt.timedelta(days=1)
_SERIES = {"items": "rates", "schedules": "periods"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The rate of a row or band: percent of the value, baht for each unit, or both."""

    value_pct: Decimal | None = None
    baht: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRate:
    """The rate of an item or a schedule from a day on; with bands, the figures of each band.

    `where` is its place, like "items beer".
    """

    where: str
    from_: dt.date
    figures: Figures
    bands: Sequence[Figures] = ()
    law: str
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the figure of a row was read; `where` is its place, like "items beer"."""

    where: str
    from_: dt.date | None
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class _Edit:
    """Put `text` in the place of the letters from `start` to `end`."""

    start: int
    end: int
    text: str


def row_before(rows: Sequence[Rate], on: dt.date) -> Rate:
    """Return the row that a new one would take over from: the one in force, else the nearest."""
    return next((row for row in reversed(rows) if row.from_ <= on), rows[0])


def add_rate(text: str, new: NewRate) -> str:
    """Return the text with another row of rates; the one in force until then is closed.

    A row that ends, or is followed by another, hands its last day on to the new one.
    Raises Invalid `row-begins-then`, or `rate-refused` with the `problems` the row would make.
    """
    if not new.source.strip():
        raise Invalid("source-missing", field="source")
    section, _, name = new.where.partition(" ")
    tariff = load(text)
    rows = tariff.schedules[name].periods if section == "schedules" else tariff.item(name).rates
    if any(row.from_ == new.from_ for row in rows):
        raise Invalid("row-begins-then", field="from_")
    written = _value(_named(_root(text), section, name), _SERIES[section])
    place = sum(row.from_ < new.from_ for row in rows)
    before = rows[place - 1] if place else None
    edits = list(_closing(written, place, before, new)) + [_adding(written, place, rows, new)]
    changed = _edited(text, edits)
    _refuse_faults(changed)
    return changed


def _closing(rates: Any, place: int, before: Rate | None, new: NewRate) -> Iterator[_Edit]:
    """Let the row before end on the day before, if it does not end earlier."""
    if before is None or (before.to is not None and before.to < new.from_):
        return
    row, last = rates.value[place - 1], (new.from_ - _DAY).isoformat()
    if before.to is not None:
        yield _replace(_value(row, "to"), last)
        return
    begins = _value(row, "from")
    between = ", " if row.flow_style else "\n" + " " * row.start_mark.column
    yield _Edit(begins.end_mark.index, begins.end_mark.index, f"{between}to: {last}")


def _adding(rates: Any, place: int, rows: Sequence[Rate], new: NewRate) -> _Edit:
    before = rows[place - 1] if place else None
    after = rows[place] if place < len(rows) else None
    to = before.to if before and before.to and before.to >= new.from_ else None
    if to is None and after is not None:
        to = after.from_ - _DAY
    row = _written(row_before(rows, new.from_), new, to)
    beside = rates.value[max(place - 1, 0)]
    if rates.flow_style:
        index = _end(beside) if place else beside.start_mark.index
        return _Edit(index, index, f", {row}" if place else f"{row}, ")
    indent = beside.start_mark.column - 2
    if place:
        return _Edit(_end(beside), _end(beside), f"\n{' ' * indent}- {row}")
    index = beside.start_mark.index
    return _Edit(index, index, f"{row}\n{' ' * indent}- ")


def _written(like: Rate, new: NewRate, to: dt.date | None) -> str:
    """Write the row as the edition writes rows: in braces."""
    parts = [f"from: {new.from_}", *([f"to: {to}"] if to else []), *_figures_of(new.figures)]
    if like.bands:
        # The form asks for a figure of each band of this very row.
        assert len(like.bands) == len(new.bands)
        parts += [f"by: {like.by}"] * (like.by is not None) + ["marginal: true"] * like.marginal
        edges = ("above", "at_least", "up_to", "below")
        bands = [
            [
                *(
                    f"{edge}: {found:f}"
                    for edge in edges
                    if (found := getattr(band, edge)) is not None
                ),
                *_figures_of(figures),
            ]
            for band, figures in zip(like.bands, new.bands, strict=True)
        ]
        parts.append("bands: [" + ", ".join("{" + ", ".join(band) + "}" for band in bands) + "]")
        parts += [f"beyond: {_quoted(like.beyond)}"] if like.beyond else []
    if new.law.strip():
        parts.append(f"law: {_quoted(new.law)}")
    parts += [f"source: {_quoted(new.source)}", f"confidence: {new.confidence}"]
    return "{" + ", ".join(parts) + "}"


def _figures_of(figures: Figures) -> Iterator[str]:
    if figures.value_pct is not None:
        yield f"value_pct: {figures.value_pct:f}"
    if figures.baht is not None:
        yield f"baht: {figures.baht:f}"


def confirm_source(text: str, confirmed: Source) -> str:
    """Return the text with another source and confidence for a row, and for its bands.

    Raises Invalid `source-missing`, NotFound when there is no such row.
    """
    if not confirmed.source.strip():
        raise Invalid("source-missing", field="source")
    if confirmed.confidence not in CONFIRMED:
        raise Invalid("unknown-confidence", field="confidence", accepted=", ".join(CONFIRMED))
    load(text)
    row = _row(_root(text), confirmed.where, confirmed.from_)
    edits = [_replace(_value(row, "source"), _quoted(confirmed.source))]
    bands = _get(row, "bands")
    for part in (row, *(bands.value if bands else ())):
        certainty = _get(part, "confidence")
        if certainty is not None:
            edits.append(_replace(certainty, confirmed.confidence))
    changed = _edited(text, edits)
    _refuse_faults(changed)
    return changed


def faults_of(error: Invalid) -> tuple[Fault, ...]:
    """Return what `load`, or an amendment, found wrong with a text; nothing of other errors."""
    told = error.facts.get("problems", ())
    assert isinstance(told, tuple)
    return told


def _refuse_faults(text: str) -> None:
    try:
        load(text)
    except Invalid as error:
        raise Invalid("rate-refused", problems=faults_of(error)) from error


# What `load` has accepted is made of mappings, sequences and scalars where they are expected;
# the library itself says no more than Any of them.
def _root(text: str) -> Any:
    return yaml.compose(text, Loader=yaml.CBaseLoader)


def _row(root: Any, where: str, from_: dt.date | None) -> Any:
    section, _, name = where.partition(" ")
    rows = _rows(root, section, name)
    if from_ is None and len(rows) == 1:
        return rows[0]
    for row in rows:
        begins = _get(row, "from")
        if begins is not None and from_ is not None and begins.value == from_.isoformat():
            return row
    raise NotFound(what="row", id=f"{where} {from_ or ''}".strip())


def _rows(root: Any, section: str, name: str) -> list[Any]:
    if section in _SERIES:
        return list(_value(_named(root, section, name), _SERIES[section]).value)
    part = _value(root, section)
    if isinstance(part, yaml.MappingNode):
        return list(_value(part, name).value)
    key = {"funds": "code", "ceilings": "chapter"}.get(section)
    return [row for row in part.value if key is None or _value(row, key).value == name]


def _named(root: Any, section: str, name: str) -> Any:
    part = _value(root, section)
    if isinstance(part, yaml.MappingNode):
        return _value(part, name)
    for each in part.value:
        if _value(each, "id").value == name:
            return each
    raise NotFound(what=section, id=name)


def _get(mapping: Any, key: str) -> Any:
    return next((value for name, value in mapping.value if name.value == key), None)


def _value(mapping: Any, key: str) -> Any:
    found = _get(mapping, key)
    if found is None:
        raise NotFound(what="row", id=key)
    return found


def _end(node: Any) -> int:
    """Return where the letters of a part end; YAML counts what follows a block to it."""
    while not isinstance(node, yaml.ScalarNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(node, yaml.MappingNode) else last
    index: int = node.end_mark.index
    return index


def _replace(node: Any, text: str) -> _Edit:
    return _Edit(node.start_mark.index, node.end_mark.index, text)


def _edited(text: str, edits: Sequence[_Edit]) -> str:
    for edit in sorted(edits, key=lambda each: each.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _quoted(words: str | None) -> str:
    return json.dumps((words or "").strip(), ensure_ascii=False)
