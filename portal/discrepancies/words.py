"""What a difference is and where it stands, in words for those who have to answer."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from excise.cases.models import Discrepancy
from excise.cases.rules import AWAITED, AnswerKind, DiscrepancyState
from excise.matching import wording
from excise.matching.rules import RULES
from portal.returns.comparison import REASONS
from web.i18n import language

__all__ = [
    "ANSWERS",
    "REASONS",
    "figure",
    "outcome",
    "rule_text",
    "side",
    "state",
    "subject",
    "unit_hint",
]

_ENDS: dict[DiscrepancyState, LazyString] = {
    DiscrepancyState.ASSESSED: _("Assessed"),
    DiscrepancyState.CLOSED: _("Closed"),
    DiscrepancyState.SUPPRESSED: _("Closed"),
    DiscrepancyState.VOIDED: _("Withdrawn"),
}
ANSWERS: dict[AnswerKind, LazyString] = {
    AnswerKind.PAY: _("Accept and pay"),
    AnswerKind.AMEND: _("Accept and amend the return"),
    AnswerKind.EXPLAIN: _("Explain the difference"),
    AnswerKind.DISPUTE: _("Say that the source is wrong"),
}


def state(one: Discrepancy) -> str:
    """Say whose turn it is, or how it ended."""
    if one.state in AWAITED:
        return str(_("Waiting for your answer"))
    return str(_ENDS.get(one.state, _("With the Department")))


def outcome(one: Discrepancy) -> str:
    """Say what the comparison found, as the rule words it."""
    return RULES[one.rule].say("found", language())


def subject(one: Discrepancy) -> str:
    """Name what differs: the product, or what else the key of the rule names."""
    product = one.product.name if one.product else ""
    return wording.subject(one.product_code, rule=one.rule, product=product, lang=language())


def figure(one: Discrepancy, number: int | None) -> str:
    """Write a figure in the measure of the rule; a side that says nothing is none."""
    if number is None:
        return str(_("none"))
    unit = one.product.unit if one.product else ""
    return wording.figure(number, measure=one.measure, unit=unit, lang=language())


def rule_text(one: Discrepancy) -> str:
    """Say what the rule compares with what."""
    return RULES[one.rule].say("what", language())


def side(one: Discrepancy, which: str) -> str:
    """Say who tells the `declared` or the `evidence` side."""
    return RULES[one.rule].say(which, language())


def unit_hint(one: Discrepancy) -> str:
    """Say that the two sides may count other units, if it looks so."""
    if one.measure != "units":
        return ""
    return wording.unit_hint(one.declared, one.evidence, one.tolerance, lang=language())
