"""States of assessments and assumed law, in words."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from excise.assessments.models import AssessmentState
from excise.assessments.rules import AssumedLaw
from web.i18n import language
from web.tariff import tariff_now

STATES: dict[AssessmentState, LazyString] = {
    AssessmentState.DRAFT: _("Draft"),
    AssessmentState.PROPOSED: _("Waiting for a decision"),
    AssessmentState.APPROVED: _("Approved, being served"),
    AssessmentState.SERVED: _("Served"),
    AssessmentState.WITHDRAWN: _("Withdrawn"),
}
COLOURS = {
    AssessmentState.DRAFT: "yellow",
    AssessmentState.PROPOSED: "purple",
    AssessmentState.APPROVED: "blue",
}
_LAW: dict[str, LazyString] = {
    "surcharge_monthly_pct": _("Rate of the surcharge"),
    "surcharge_cap_pct": _("Limit of the surcharge"),
    "penalty_short_multiple": _("Penalty when a return was filed"),
    "penalty_not_filed_multiple": _("Penalty when no return was filed"),
    "penalty_full_pct": _("What remains of the penalty without consent"),
    "penalty_consenting_pct": _("What remains of the penalty with consent"),
    "local_tax_pct": _("Rate of local tax"),
    "local_tax_base": _("What local tax is charged on"),
    "fund_base": _("What fund contributions are charged on"),
}


def assumed(law: AssumedLaw) -> str:
    """Name what is assumed, with where it stands in the law."""
    return f"{_name(law)} ({law.section})"


def _name(law: AssumedLaw) -> str:
    thai, tariff = language() == "th", tariff_now()
    if law.name in _LAW:
        return str(_LAW[law.name])
    if law.name.startswith("fund_"):
        fund = next(each for each in tariff.funds if law.name == f"fund_{each.code}")
        return fund.th if thai else fund.en
    item = tariff.item(law.name)
    return item.name_th if thai else item.name_en
