"""What a difference is and where it stands, in words for those who have to answer."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from excise.cases.models import Discrepancy
from excise.cases.rules import AWAITED, AnswerKind, DiscrepancyState
from excise.formats import amount
from excise.matching.models import Outcome
from excise.matching.rules import RULES
from excise.returns.models import QUANTITY_PLACES
from portal.returns.comparison import REASONS
from web.i18n import language, show_number

__all__ = ["ANSWERS", "REASONS", "figure", "outcome", "rule_text", "state", "subject"]

_ENDS: dict[DiscrepancyState, LazyString] = {
    DiscrepancyState.ASSESSED: _("Assessed"),
    DiscrepancyState.CLOSED: _("Closed"),
    DiscrepancyState.SUPPRESSED: _("Closed"),
    DiscrepancyState.VOIDED: _("Withdrawn"),
}
_OUTCOMES: dict[str, LazyString] = {
    Outcome.UNDER_DECLARED: _("Less was declared than others say was sold"),
    Outcome.MISSING_IN_RETURN: _("Nothing was declared, but others say that it was sold"),
    Outcome.OVER_DECLARED: _("More was declared than others say was sold"),
    Outcome.MISSING_IN_SOURCE: _("It was declared, but no source knows of it"),
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
    """Say what the comparison gave."""
    return str(_OUTCOMES.get(one.outcome, one.outcome))


def subject(one: Discrepancy) -> str:
    """Name what differs: the product, its barcode, or everything of the month."""
    if one.product:
        return one.product.name
    if one.product_code:
        return str(_("Barcode %(code)s", code=one.product_code))
    return str(_("All products together"))


def figure(one: Discrepancy, number: int | None) -> str:
    """Write a figure in the measure of the rule; a side that says nothing is none."""
    if number is None:
        return str(_("none"))
    if one.measure == "satang":
        return str(_("%(amount)s baht", amount=amount(number)))
    unit = one.product.unit if one.product else str(_("units"))
    return f"{show_number(number, QUANTITY_PLACES)} {unit}"


def rule_text(one: Discrepancy) -> str:
    """Say what the rule compares with what."""
    rule = RULES[one.rule]
    return rule.what_th if language() == "th" else rule.what_en
