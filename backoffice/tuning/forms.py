"""What officers enter about how much may differ."""

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length

from backoffice.tuning import words
from excise.matching.rules import Rule
from excise.tuning.actions import MAX_LEAST, Figures
from excise.tuning.models import RuleSetting
from web.fields import BaseForm, BEMonthField, Needed, QuantityField, SubmissionForm, plain


class SettingForm(SubmissionForm):
    """How much may differ, from which month, and why; `least` is made for the rule's measure."""

    starts_on = BEMonthField(
        _("From the returns of which month"),
        [Needed(_("Choose the month"))],
    )
    share_bp = QuantityField(
        _("Share that may differ"),
        [InputRequired(_("Enter the share"))],
        places=2,
        at_most=100,
        suffix="%",
        description=_(
            "Of the figure that the rule takes as its base. 0 when only the least counts."
        ),
    )
    least: Any
    why_th = TextAreaField(
        _("Why, in Thai"),
        [Needed(_("Say why, in Thai")), Length(max=500)],
        filters=[plain],
        description=_("Officers and taxpayers read it beside the figures."),
    )
    why_en = TextAreaField(
        _("Why, in English"), [Needed(_("Say why, in English")), Length(max=500)], filters=[plain]
    )

    def figures(self) -> Figures:
        """Return what was entered as the domain takes it; call only after validation."""
        assert self.starts_on.data
        return Figures(
            starts_on=self.starts_on.data,
            share_bp=self.share_bp.scaled or 0,
            least=self.least.scaled or 0,
            why_th=self.why_th.data or "",
            why_en=self.why_en.data or "",
        )


def setting_form(rule: Rule) -> type[SettingForm]:
    """Return the form with the least in the measure of the rule."""

    class _Form(SettingForm):
        least = QuantityField(
            _("At least so much may differ"),
            [InputRequired(_("Enter how much may differ at least"))],
            places=words.places(rule),
            at_most=Decimal(MAX_LEAST).scaleb(-words.places(rule)),
            suffix=words.unit(rule),
        )

    return _Form


def as_entered(one: RuleSetting, rule: Rule) -> dict[str, Any]:
    """Return a setting as its form shows it."""
    return {
        "starts_on": one.starts_on,
        "share_bp": Decimal(one.share_bp).scaleb(-2),
        "least": Decimal(one.least).scaleb(-words.places(rule)),
        "why_th": one.why_th,
        "why_en": one.why_en,
    }


class ReplayForm(BaseForm):
    """The months that a draft is replayed on."""

    since = BEMonthField(_("First month"), [Needed(_("Choose the month"))])
    until = BEMonthField(_("Last month"), [Needed(_("Choose the month"))])

    def validate_until(self, field: Any) -> None:
        """Refuse months that run backwards."""
        if self.since.data and field.data and field.data < self.since.data:
            raise ValidationError(_("The last month lies before the first"))


class PublishForm(BaseForm):
    """The decision."""

    examined = BooleanField(
        _("I have read what the replay shows, and this shall hold from its month on."),
        [DataRequired(_("Tick it when you have read the replay"))],
    )


class ReasonForm(BaseForm):
    """Why a setting is returned, rejected or rolled back."""

    reason = TextAreaField(
        _("The reason"),
        [Needed(_("Enter the reason")), Length(max=2000)],
        filters=[plain],
    )
