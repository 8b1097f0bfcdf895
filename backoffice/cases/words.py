"""States, outcomes, reasons and deeds of discrepancies, in words."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from excise.cases.models import CorrectionRequest, Discrepancy
from excise.cases.rules import DiscrepancyState, Reason
from excise.formats import amount
from excise.matching.models import Outcome
from excise.matching.rules import RULES
from excise.returns.models import QUANTITY_PLACES
from web.i18n import language, show_number

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
    Outcome.UNDER_DECLARED: _("Less was declared than others say was sold"),
    Outcome.MISSING_IN_RETURN: _("Nothing was declared, but others say that it was sold"),
    Outcome.OVER_DECLARED: _("More was declared than others say was sold"),
    Outcome.MISSING_IN_SOURCE: _("It was declared, but no source knows of it"),
}
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
    """Say what the comparison gave."""
    return str(OUTCOMES.get(found.outcome, found.outcome))


def figure(found: Discrepancy, number: int | None) -> str:
    """Write a figure in the measure of the rule; a side that says nothing is a dash."""
    if number is None:
        return "–"
    if found.measure == "satang":
        return str(_("%(amount)s baht", amount=amount(number)))
    unit = found.product.unit if found.product else ""
    return f"{show_number(number, QUANTITY_PLACES)} {unit}".strip()


def subject(found: Discrepancy) -> str:
    """Name what differs: the product, its barcode, or everything of the month."""
    if found.product:
        return found.product.name
    if found.product_code:
        return str(_("Barcode %(code)s", code=found.product_code))
    return str(_("All products together"))


def rule_title(rule: str) -> str:
    """Return the name of a rule."""
    return RULES[rule].title_th if language() == "th" else RULES[rule].title_en


def rule_explained(rule: str) -> str:
    """Say what a rule compares with what."""
    return RULES[rule].what_th if language() == "th" else RULES[rule].what_en


def tolerance_why(found: Discrepancy) -> str:
    """Say why so much may differ, as the rule states it."""
    return RULES[found.rule].tolerance_on(found.period).why


def request_outcome(one: CorrectionRequest) -> str:
    """Say how a request to an agency ended."""
    return str(DEEDS.get(one.outcome, one.outcome))
