"""States and figures of settings, in words."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from excise.formats import amount
from excise.matching.rules import MEASURES, Rule, Tolerance
from excise.replays.rules import Worth
from excise.returns.models import QUANTITY_PLACES
from excise.tuning.models import SettingState
from web.i18n import language, show_number

STATES: dict[SettingState, LazyString] = {
    SettingState.DRAFT: _("Draft"),
    SettingState.REPLAYED: _("Replayed"),
    SettingState.PROPOSED: _("Waiting for a decision"),
    SettingState.PUBLISHED: _("In force"),
    SettingState.ROLLED_BACK: _("Rolled back"),
    SettingState.REJECTED: _("Rejected"),
}
COLOURS = {
    SettingState.DRAFT: "grey",
    SettingState.REPLAYED: "blue",
    SettingState.PROPOSED: "yellow",
    SettingState.PUBLISHED: "green",
}
WORTH: dict[Worth, LazyString] = {
    Worth.HIT: _("Was right"),
    Worth.FALSE_ALARM: _("False alarm"),
}
_PLACES = {"units": QUANTITY_PLACES, "satang": 2}


def places(rule: Rule) -> int:
    """Return how many decimals the least of a rule has on a page."""
    return _PLACES.get(rule.measure, 0)


def title(rule: Rule) -> str:
    """Return the name of a rule."""
    return rule.say("title", language())


def what(rule: Rule) -> str:
    """Say what a rule compares with what."""
    return rule.say("what", language())


def figure(rule: Rule, number: int) -> str:
    """Write a figure in the measure of the rule."""
    if rule.measure == "satang":
        return str(_("%(amount)s baht", amount=amount(number)))
    return f"{show_number(number, places(rule))} {unit(rule)}".strip()


def unit(rule: Rule) -> str:
    """Name what the least of a rule counts."""
    names = {"units": _("units"), "satang": _("baht")}
    if rule.measure in names:
        return str(names[rule.measure])
    return MEASURES[rule.measure][language() != "th"]


def share(share_bp: int | None) -> str:
    """Write basis points as percent; nothing to share is a dash."""
    return "–" if share_bp is None else f"{show_number(share_bp, 2)} %"


def why(one: Tolerance) -> str:
    """Say why so much may differ."""
    return one.why(language())


def allowed(rule: Rule, tolerance: Tolerance) -> str:
    """Say how much may differ."""
    return str(
        _(
            "%(share)s, at least %(least)s",
            share=share(tolerance.share_bp),
            least=figure(rule, tolerance.least),
        )
    )
