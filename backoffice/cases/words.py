"""States, outcomes, reasons and deeds of discrepancies, in words."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from excise.cases.models import CorrectionRequest, Discrepancy
from excise.cases.rules import DiscrepancyState, Reason
from excise.matching import wording
from excise.matching.models import Outcome
from excise.matching.rules import RULES
from web.i18n import language

STATES: dict[DiscrepancyState, LazyString] = {
    DiscrepancyState.QUEUED: _("Waiting"),
    DiscrepancyState.EXPLAINED: _("Explained by the taxpayer"),
    DiscrepancyState.UNDER_REVIEW: _("Under review"),
    DiscrepancyState.NOTIFIED: _("With the taxpayer"),
    DiscrepancyState.REMINDED: _("With the taxpayer, reminded"),
    DiscrepancyState.ACCEPTED_PAY: _("Accepted, to be assessed"),
    DiscrepancyState.ACCEPTED_AMEND: _("Accepted, return to be amended"),
    DiscrepancyState.SOURCE_DISPUTED: _("Source disputed"),
    DiscrepancyState.SUPPRESSED: _("Put aside"),
    DiscrepancyState.VOIDED: _("Withdrawn"),
    DiscrepancyState.ASSESSED: _("Assessed"),
    DiscrepancyState.CLOSED: _("Closed"),
}
COLOURS = {
    DiscrepancyState.QUEUED: "yellow",
    DiscrepancyState.EXPLAINED: "blue",
    DiscrepancyState.UNDER_REVIEW: "purple",
    DiscrepancyState.NOTIFIED: "turquoise",
    DiscrepancyState.REMINDED: "orange",
    DiscrepancyState.ACCEPTED_PAY: "green",
    DiscrepancyState.ACCEPTED_AMEND: "green",
    DiscrepancyState.SOURCE_DISPUTED: "blue",
}
OUTCOMES: dict[str, LazyString] = {
    Outcome.UNDER_DECLARED: _("Less is declared than others say"),
    Outcome.MISSING_IN_RETURN: _("Nothing is declared of it"),
    Outcome.OVER_DECLARED: _("More is declared than others say"),
    Outcome.MISSING_IN_SOURCE: _("No source knows of it"),
    Outcome.RATE_DIFF: _("Another rate or price applies"),
    Outcome.DUPLICATE_IN_SOURCE: _("It is told or used more than once"),
}
_PLAIN = (Outcome.UNDER_DECLARED, Outcome.MISSING_IN_RETURN)
REASONS: dict[Reason, LazyString] = {
    Reason.TIMING: _("The sale belongs to another month"),
    Reason.CREDIT_NOTE: _("Goods came back, or a credit note was issued"),
    Reason.EXPORTED: _("The goods were exported"),
    Reason.EXEMPT: _("The goods are exempt from excise tax"),
    Reason.REDUCED: _("The tax was reduced"),
    Reason.DAMAGED_OR_LOST: _("The goods were damaged or lost"),
    Reason.UNIT_CONVERSION: _("The units differ, such as cases and cans"),
    Reason.OTHER_PERMIT: _("The tax is paid under another registration"),
    Reason.SOURCE_ERROR: _("What the source says is wrong"),
    Reason.NOT_OURS: _("The goods or the documents are not ours"),
    Reason.DATA_ENTRY: _("A mistake when the documents were written"),
    Reason.PRICE_BASIS: _("The price has another basis"),
    Reason.OTHER: _("Another reason"),
}
DEEDS: dict[str, LazyString] = {
    "found": _("Found by comparison"),
    "figures-changed": _("The figures changed"),
    "explained": _("The taxpayer explained it"),
    "outgrew-explanation": _("It grew beyond the explanation"),
    "settled": _("A later comparison found no difference"),
    "notified": _("Notice sent to the taxpayer"),
    "reminded": _("No answer in time; the taxpayer was reminded"),
    "silent": _("No answer after the reminder"),
    "grown": _("It grew; the taxpayer was told and has time anew"),
    "outgrew-answer": _("It grew beyond the answer"),
    "answered-pay": _("The taxpayer accepts it and will pay"),
    "answered-amend": _("The taxpayer accepts it and will amend the return"),
    "answered-explain": _("The taxpayer explained it"),
    "answered-dispute": _("The taxpayer disputes what the source says"),
    "refused": _("The answer was not accepted"),
    "correction-asked": _("The source was asked to correct"),
    "source-corrected": _("The source corrected what it told"),
    "amended": _("The taxpayer sent a return since"),
    "voided": _("Withdrawn"),
    "taken": _("Taken under review"),
    "put-aside": _("Put aside"),
    "closed": _("Closed"),
    "assessment-prepared": _("Assessment prepared"),
    "assessment-withdrawn": _("Assessment withdrawn"),
    "assessed": _("Assessed"),
}


def outcome(found: Discrepancy) -> str:
    """Say what the comparison means under its rule, and where that helps, what it gave."""
    rule = RULES[found.rule]
    said = rule.say("found", language())
    if not rule.is_about_returns and found.outcome in _PLAIN:
        return said
    return f"{said} ({OUTCOMES.get(found.outcome, found.outcome)})"


def figure(found: Discrepancy, number: int | None) -> str:
    """Write a figure in the measure of the rule; a side that says nothing is a dash."""
    if number is None:
        return "–"
    unit = found.product.unit if found.product else ""
    return wording.figure(number, measure=found.measure, unit=unit, lang=language())


def subject(found: Discrepancy) -> str:
    """Name what differs: the product, or what else the key of the rule names."""
    product = found.product.name if found.product else ""
    return wording.subject(found.product_code, rule=found.rule, product=product, lang=language())


def unit_hint(found: Discrepancy) -> str:
    """Say that the two sides may count other units, if it looks so."""
    if found.measure != "units":
        return ""
    sides = (found.declared, found.evidence, found.tolerance)
    return wording.unit_hint(*sides, lang=language())


def rule_title(rule: str) -> str:
    """Return the name of a rule."""
    return RULES[rule].say("title", language())


def rule_explained(rule: str) -> str:
    """Say what a rule compares with what."""
    return RULES[rule].say("what", language())


def rule_says(rule: str, what: str) -> str:
    """Return another text of a rule: who says the `declared` or `evidence` side, its `bridge`."""
    return RULES[rule].say(what, language())


def request_outcome(one: CorrectionRequest) -> str:
    """Say how a request to an agency ended."""
    return str(DEEDS.get(one.outcome, one.outcome))
