"""Editions and their rows in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from excise.errors import Invalid
from excise.formats import date_text, tax_id
from excise.tariff.difference import Change, FieldChange, fields_of, rows_of
from excise.tariff.entries import Band, Confidence, Item, Rate, Sourced, Tariff
from excise.tariff.models import EditionState
from excise.tariff.rules import describe_rate, rate_confidence
from excise.tariff.rules.describe import band_edges, describe_band
from excise.trials.rules import Difference, Trial
from web.i18n import language
from web.messages import message_for

STATES: dict[EditionState, LazyString] = {
    EditionState.DRAFT: _("Draft"),
    EditionState.PROPOSED: _("Waiting for a decision"),
    EditionState.APPROVED: _("Approved, not published"),
    EditionState.PUBLISHED: _("In force"),
    EditionState.REPLACED: _("Replaced"),
    EditionState.REJECTED: _("Rejected"),
}
COLOURS = {
    EditionState.DRAFT: "yellow",
    EditionState.PROPOSED: "purple",
    EditionState.APPROVED: "blue",
    EditionState.PUBLISHED: "green",
}
CONFIDENCE_NAMES: dict[Confidence, LazyString] = {
    "official": _("Official source"),
    "press": _("Press, quoting the source"),
    "derived": _("Worked out from sources"),
    "memory": _("Known, source not seen"),
    "assumed": _("Assumed"),
}
KINDS = {"added": _("New"), "removed": _("Removed"), "changed": _("Altered")}
_SECTIONS: dict[str, LazyString] = {
    "items": _("Item"),
    "schedules": _("Schedule"),
    "provisions": _("Figure of the law"),
    "funds": _("Fund"),
    "units": _("Unit"),
    "measures": _("Measure"),
    "duty_groups": _("Duty group"),
    "chapters": _("Chapter"),
    "ceilings": _("Ceiling of chapter"),
    "local_tax_base": _("What local tax is charged on"),
    "srp_rounding": _("Rounding of prices"),
    "tax_rounding": _("Rounding of taxes"),
    "penalty_relief": _("Remaining penalty of those who pay of their own accord"),
    "due_day_shift": _("Due dates on days off"),
    "fund_base": _("What fund contributions are charged on"),
    "edition": _("The edition as a whole"),
}
_FIELDS: dict[str, LazyString] = {
    "from": _("In force from"),
    "to": _("In force until"),
    "value_pct": _("Percent of the value"),
    "baht": _("Baht for each unit"),
    "bands": _("Bands"),
    "by": _("Measure of the bands"),
    "source": _("Where it was read"),
    "confidence": _("How sure it is"),
    "law": _("Regulation"),
    "section": _("Section"),
    "note": _("Remark"),
    "value": _("Figure"),
    "pct": _("Percent"),
    "unit": _("Unit"),
    "name_th": _("Name in Thai"),
    "name_en": _("Name in English"),
    "name": _("Name"),
    "heading": _("Heading of the tariff"),
}


@dataclass(frozen=True)
class Places:
    """Names the places of rows, with the words of the edition that has them."""

    new: Tariff
    old: Tariff

    def __call__(self, where: str) -> str:
        """Return a place in the visitor's language."""
        section, _space, name = where.partition(" ")
        return f"{_SECTIONS.get(section, section)} {self._name(section, name)}".strip()

    def _name(self, section: str, name: str) -> str:
        named = _named(self.new, section, name) or _named(self.old, section, name)
        return named or name

    def item(self, name: str) -> str:
        """Return the name of an item."""
        return self._name("items", name)

    def fund(self, code: str) -> str:
        """Return the name of a fund."""
        return self._name("funds", code)

    def section(self, where: str, from_: date | None) -> str:
        """Return where a row stands in the law, when it says so."""
        row = rows_of(self.new).get((where, from_))
        return str(getattr(row, "section", None) or getattr(row, "law", None) or "")


def _named(tariff: Tariff, section: str, name: str) -> str | None:
    lang = language()
    if section == "items":
        items = {each.id: each for each in tariff.items}
        found = items.get(name)
        return f"{found.heading} {getattr(found, f'name_{lang}')}" if found else None
    if section == "funds":
        return next((getattr(fund, lang) for fund in tariff.funds if fund.code == name), None)
    if section == "schedules" and (schedule := tariff.schedules.get(name)):
        return str(getattr(tariff.measures[schedule.by], lang))
    if section in ("units", "measures", "chapters", "duty_groups"):
        return getattr(getattr(tariff, section).get(name), lang, None)
    return None


def field(change: FieldChange) -> str:
    """Name a field of a row; what only lawyers change keeps the name it has in the file."""
    return str(_FIELDS.get(change.field, change.field))


def value(name: str, text: str | None) -> str:
    """Return what a field says, with days and confidences in words."""
    if text is None:
        return "–"
    if name in ("from", "to"):
        return day(date.fromisoformat(text))
    if name == "confidence":
        return str(CONFIDENCE_NAMES[text])  # type: ignore[index]
    return text


def figures(row: Sourced) -> list[tuple[str, str]]:
    """Return what a row says but for its days and its source."""
    skipped = {"from", "to", "source", "confidence"}
    told = fields_of(row).items()
    return [(str(_FIELDS.get(name, name)), text) for name, text in told if name not in skipped]


def shown_fields(change: Change) -> list[FieldChange]:
    """Return the fields worth a line: of a new row not its first day, which stands above."""
    return [each for each in change.fields if each.field != "from"]


def day(on: date) -> str:
    """Write a day in the visitor's language."""
    return date_text(on, language(), "medium")


def rates(row: Rate) -> str:
    """Write the rates of a row, or of each of its bands, in signs."""
    parts = [describe_band(band) for band in row.bands]
    parts += [] if row.value_pct is None else [f"{row.value_pct:f}%"]
    parts += [] if row.baht is None else [str(_("%(baht)s baht", baht=f"{row.baht:f}"))]
    return "; ".join(parts) or "–"


def sharing(tariff: Tariff, where: str) -> list[str]:
    """Name the items that take a schedule's rates."""
    section, _space, name = where.partition(" ")
    places = Places(tariff, tariff)
    items = [each.id for each in tariff.items if section == "schedules" and each.schedule == name]
    return [places.item(each) for each in items]


def edges(band: Band) -> str:
    """Return the edges of a band in signs."""
    return band_edges(band)


@dataclass(frozen=True)
class Rated:
    """An item with its rate on a day, in words."""

    item: Item
    name: str
    rate: str
    confidence: Confidence | None


def chapters(tariff: Tariff, on: date) -> Iterator[tuple[str, list[Rated]]]:
    """Yield the chapters with their items and rates on a day."""
    for number, chapter in tariff.chapters.items():
        rated = [_rated(tariff, each, on) for each in tariff.items if str(each.chapter) == number]
        if rated:
            yield f"{number} {getattr(chapter, language())}", rated


def _rated(tariff: Tariff, item: Item, on: date) -> Rated:
    name = getattr(item, f"name_{language()}")
    try:
        rate = describe_rate(tariff, item.id, on)[language() != "th"]
        return Rated(item, name, rate, rate_confidence(tariff, item.id, on))
    except Invalid:
        return Rated(item, name, "–", None)


def charges(made: Trial, place: Places) -> list[tuple[str, Difference]]:
    """Name the taxes and funds of a trial."""
    names = {"excise": str(_("Excise tax")), "local": str(_("Local tax"))}
    return [(names.get(each.key) or place.fund(each.key), each) for each in made.by_charge]


def items_of(made: Trial, place: Places) -> list[tuple[str, Difference]]:
    """Name the items of a trial."""
    return [(place.item(each.key), each) for each in made.by_item]


def taxpayers_of(made: Trial) -> list[tuple[str, Difference]]:
    """Name the taxpayers of a trial, with their numbers."""
    return [(f"{each.name} ({tax_id(each.key)})", each) for each in made.by_taxpayer]


def sentence(reason: str) -> str:
    """Say why a return could not be worked out."""
    return message_for(Invalid(reason))
