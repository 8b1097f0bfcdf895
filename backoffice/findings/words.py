"""What a finding without a discrepancy says, in words."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from backoffice.cases.words import OUTCOMES
from excise.matching import wording
from excise.matching.models import Finding
from excise.matching.rules import RULES
from web.i18n import language

REASONS: dict[str, LazyString] = {
    "unknown-product": _("No product has this code"),
    "unknown-tax-id": _("Nobody is registered under this tax ID"),
    "name-differs": _("The name is another than in our register"),
}


def rule_title(rule: str) -> str:
    """Return the name of a rule."""
    return f"{rule} {RULES[rule].say('title', language())}"


def subject(one: Finding) -> str:
    """Name what it is about, by the key of its rule."""
    return wording.subject(one.product_code, rule=one.rule, lang=language())


def figure(one: Finding, number: int | None) -> str:
    """Write a figure in the measure of the rule; a side that says nothing is a dash."""
    if number is None:
        return "–"
    return wording.figure(number, measure=one.measure, lang=language())


def meaning(one: Finding) -> str:
    """Say why nobody can be asked about it, or what does not agree in our own books."""
    if one.reason in REASONS:
        return str(REASONS[one.reason])
    return f"{RULES[one.rule].say('found', language())} ({OUTCOMES[one.outcome]})"
