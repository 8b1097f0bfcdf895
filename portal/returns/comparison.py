"""A draft beside what others told the Department of its month, in words."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import current_app
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from excise.cases.models import Explanation
from excise.cases.queries import explanations_of
from excise.cases.rules import Reason
from excise.config import Settings
from excise.errors import Unavailable
from excise.evidence.queries import source_names, told_by
from excise.evidence.values import gtin14
from excise.matching import wording
from excise.matching.engine import Judged
from excise.matching.models import Outcome
from excise.matching.queries import beside_draft
from excise.matching.rules import RULES, Rule
from excise.products.models import Product
from excise.products.queries import products_of_taxpayer
from excise.returns.models import Return
from web.clock import today
from web.db import reading
from web.i18n import language
from web.tariff import tariff_now

LOG = logging.getLogger("excise.web")
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
# What each verdict means to the taxpayer; a reason says more than its outcome.
MEANINGS: dict[str, LazyString] = {
    Outcome.MATCHED: _("Both figures are the same."),
    Outcome.WITHIN_TOLERANCE: _(
        "The figures differ by %(difference)s. Up to %(tolerance)s is no matter."
    ),
    Outcome.UNDER_DECLARED: _(
        "Others told us %(difference)s more than this return says. Tax may be missing."
    ),
    Outcome.MISSING_IN_RETURN: _(
        "Others told us %(evidence)s; this return says nothing of it. Tax may be missing."
    ),
    Outcome.OVER_DECLARED: _(
        "This return says %(difference)s more than others told us. You need not do anything."
    ),
    Outcome.MISSING_IN_SOURCE: _("Nobody told us anything of it. You need not do anything."),
    Outcome.RATE_DIFF: _("Others told us another rate or price, by %(difference)s. Look at it."),
    Outcome.DUPLICATE_IN_SOURCE: _("It was told or used more than once. Look at it."),
    Outcome.PERIOD_SHIFT: _(
        "The month before or after makes the difference good. You need not do anything."
    ),
    "below-retail": _(
        "You sold for less than the value in the return. That is as it should be: "
        "the return counts suggested retail prices."
    ),
    "part-known": _("Others know of a part only. You need not do anything."),
    "source-silent": _("No source has told us of this month yet. Silence is no fault of yours."),
    "source-incomplete": _(
        "The source told us before the month was over, so its figures are not whole."
    ),
    "return-not-due": _("A return of another establishment for this month is still to come."),
    "unknown-product": _(
        "No product of yours has this barcode. If you make or import it, enter the product; "
        "if it bears no excise tax, you need not do anything."
    ),
    "figures-too-large": _(
        "The figures we were told are too large to be true. They are not compared."
    ),
    "unknown-tax-id": _("The tax ID we were told is not of a registered business."),
    "name-differs": _("Another register has you under another name. We look into it."),
    "books-silent": _("We have no stock account of this month from you."),
    "history-too-short": _("There are too few months before it to compare with."),
    "counter-offline": _("A counter was down that day, so its figures are not whole."),
    "shared-barcode": _("Others have products of the same barcode, so sales cannot be told apart."),
    "in-transit": _("The goods are still on their way."),
    "goods-and-services": _(
        "You have goods and services, and the sales we know of do not say which they are."
    ),
}


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What one rule says of one product, or of all of them together.

    `positions` are the draft's lines of the product.
    """

    judged: Judged
    product: Product | None
    positions: list[int]
    explanation: Explanation | None

    @property
    def rule(self) -> str:
        """What was compared with what."""
        return _title(self.judged.rule)

    @property
    def name(self) -> str:
        """The product, or what else the key of the rule names."""
        return _named(self.judged.rule.id, self.judged.product_code, self.product)

    def shown(self, figure: int | None) -> str:
        """Write a figure in the measure of the rule."""
        if figure is None:
            return str(_("none"))
        unit = self.product.unit if self.product else ""
        measure = self.judged.rule.measure
        return wording.figure(figure, measure=measure, unit=unit, lang=language())

    @property
    def is_explained(self) -> bool:
        """Tell whether an explanation covers the difference as it is now."""
        given = self.explanation
        return given is not None and given.covers(self.judged)

    @property
    def is_open(self) -> bool:
        """Tell whether tax may be missing and nobody has said why."""
        return self.judged.is_difference and not self.is_explained

    @property
    def meaning(self) -> str:
        """Say in plain words what it means."""
        judged = self.judged
        facts = {
            "difference": self.shown(abs(judged.difference)),
            "tolerance": self.shown(judged.tolerance),
            "evidence": self.shown(judged.evidence),
        }
        reason = "" if judged.reason == "units-suspected" else judged.reason
        said = str(MEANINGS[reason or _outcome(judged)]) % facts
        sides = (judged.declared, judged.evidence, judged.tolerance)
        hint = wording.unit_hint(*sides, lang=language()) if reason != judged.reason else ""
        return f"{said} {hint}".strip()

    @property
    def because(self) -> str:
        """Say what the taxpayer said about it."""
        return str(REASONS[self.explanation.reason]) if self.explanation else ""


def _title(rule: Rule) -> str:
    return rule.say("title", language())


def _named(rule: str, key: str, product: Product | None) -> str:
    name = product.name if product else ""
    return wording.subject(key, rule=rule, product=name, lang=language())


def _outcome(judged: Judged) -> str:
    """Return the outcome; what need not reach the declared agrees without the same figures."""
    if judged.outcome is Outcome.MATCHED and judged.declared != judged.evidence:
        return "below-retail" if judged.rule.id == "R11" else "part-known"
    return judged.outcome


@dataclass(frozen=True, kw_only=True)
class Source:
    """Somebody who told the Department of the month, and when last."""

    name: str
    told_at: datetime


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A draft beside the evidence; `without_code` are products that cannot be compared."""

    rows: list[Compared]
    sources: list[Source]
    without_code: list[str]

    @property
    def differences(self) -> list[Compared]:
        """Where tax may be missing; what is not explained stands first."""
        found = [row for row in self.rows if row.judged.is_difference]
        return sorted(found, key=lambda row: row.is_explained)

    @property
    def unexplained(self) -> list[Compared]:
        """The differences that nobody has explained."""
        return [row for row in self.rows if row.is_open]

    @property
    def agreeing(self) -> list[Compared]:
        """What was compared and needs nothing."""
        return [
            row for row in self.rows if row.judged.is_comparable and not row.judged.is_difference
        ]

    @property
    def unknown(self) -> list[Compared]:
        """What could not be compared."""
        return [row for row in self.rows if not row.judged.is_comparable]


def compare(draft: Return) -> Comparison | None:
    """Compare a draft as it is now; None when that fails, which keeps nobody from filing."""
    session = reading()
    try:
        judged = beside_draft(session, settings(), tariff_now(), draft, on=today())
    except Unavailable:
        LOG.exception("a draft could not be compared", extra={"draft": draft.draft_reference})
        return None
    return Comparison(
        rows=_rows(session, draft, judged),
        sources=sources(session, draft),
        without_code=sorted(
            {line.product.name for line in draft.lines if not line.product.gtin}
            if draft.form == "0307"
            else ()
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Explained:
    """What was explained with a return: about what, and why."""

    name: str
    rule: str
    because: str
    words: str


def explained_with(tax_return: Return) -> list[Explained]:
    """Return what the taxpayer explained with a return, in finished words."""
    session = reading()
    products = {
        gtin14(product.gtin or ""): product
        for product in products_of_taxpayer(session, tax_return.registration.taxpayer_id)
    }
    return [
        Explained(
            name=_named(rule, code, products.get(code.partition("|")[0]) if code else None),
            rule=_title(RULES[rule]),
            because=str(REASONS[given.reason]),
            words=given.words,
        )
        for (rule, code), given in explanations_of(session, tax_return.id).items()
    ]


def settings() -> Settings:
    """Return the settings of the site."""
    return cast(Settings, current_app.extensions["settings"])


def _rows(session: Session, draft: Return, judged: list[Judged]) -> list[Compared]:
    products = {
        product.id: product
        for product in products_of_taxpayer(session, draft.registration.taxpayer_id)
    }
    explanations = explanations_of(session, draft.id)
    return [
        Compared(
            judged=each,
            product=products.get(each.product_id) if each.product_id else None,
            positions=[line.position for line in draft.lines if line.product_id == each.product_id],
            explanation=explanations.get((each.rule.id, each.product_code)),
        )
        for each in judged
    ]


def sources(session: Session, draft: Return) -> list[Source]:
    """Return who has told of the draft's month, by name."""
    name_of = source_names(session, language())
    layouts = {code for rule in RULES.values() if rule.is_about_returns for code in rule.needs}
    told = told_by(session, draft.period, *layouts)
    return [Source(name=name_of(code), told_at=at) for code, at in sorted(told.items())]
