"""What officers enter about the tariff."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, IntegerField, SelectField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from backoffice.tariff import words
from excise.tariff.amending import CONFIRMED, Figures, NewRate, Source
from excise.tariff.entries import CONFIDENCES, Band, Item, Rate, Schedule, Tariff
from web.fields import (
    BaseForm,
    BEDateField,
    BEMonthField,
    FileForm,
    Needed,
    QuantityField,
    SubmissionForm,
    TextField,
    file_field,
    plain,
)
from web.i18n import language


class DraftForm(SubmissionForm):
    """Why a new edition is drafted."""

    purpose = TextAreaField(
        _("Why the tariff changes"),
        [Needed(_("Say why the tariff changes")), Length(max=2000)],
        filters=[plain],
        description=_("Name the regulation and its day in the Royal Gazette."),
    )


class EditionFileForm(FileForm):
    """The whole text of an edition."""

    file = file_field(_("Text of the edition (YAML)"))

    def validate_file(self, _field: object) -> None:
        """Refuse what is no text in UTF-8."""
        try:
            self._text = self.content().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ValidationError(_("The file is not text in UTF-8")) from None
        if "\x00" in self._text:
            raise ValidationError(_("The file is not text in UTF-8"))

    def text(self) -> str:
        """Return the text; call only after validation."""
        return self._text


class RateForm(BaseForm):
    """A rate from a day on; its figures depend on the item, see `rate_form`."""

    from_ = BEDateField(
        _("In force from"),
        [Needed(_("Enter the day"))],
        description=_("The rate before it ends on the day before."),
    )
    law = TextField(
        _("Regulation"),
        [Optional()],
        at_most=500,
        description=_("Leave it empty when it is the base regulation."),
    )
    source = TextField(_("Where it was read"), [Needed(_("Say where it was read"))], at_most=500)
    confidence = SelectField(_("How sure it is"))
    bands = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the confidences, the strongest first."""
        super().__init__(*args, **kwargs)
        self.confidence.choices = [
            SelectChoice(each, words.CONFIDENCE_NAMES[each]) for each in CONFIDENCES
        ]

    def rate(self, where: str) -> NewRate:
        """Return what was entered as the domain takes it."""
        assert self.from_.data
        return NewRate(
            where=where,
            from_=self.from_.data,
            figures=self._figures(""),
            bands=[self._figures(f"_{number}") for number in range(self.bands)],
            law=self.law.data or "",
            source=self.source.data,
            confidence=self.confidence.data,
        )

    def _figures(self, of: str) -> Figures:
        return Figures(value_pct=self._figure(f"value{of}"), baht=self._figure(f"baht{of}"))

    def _figure(self, name: str) -> Any:
        return self[name].data if name in self else None


def rate_form(tariff: Tariff, of: Item | Schedule, like: Rate) -> type[RateForm]:
    """Make the form that asks for the figures a row has, one or one a band."""
    fields: dict[str, Any] = {"bands": len(like.bands)}
    for number, band in enumerate(like.bands):
        fields |= _figures(tariff, of, band, f"_{number}", f"{words.edges(band)}: ")
    if not like.bands:
        every = isinstance(of, Item) and of.schedule is None
        fields |= _figures(tariff, of, like, "", "", every=every)
    return type("RateForm", (RateForm,), fields)


def _figures(
    tariff: Tariff,
    of: Item | Schedule,
    like: Rate | Band,
    suffix: str,
    before: str,
    *,
    every: bool = False,
) -> dict[str, Any]:
    """Ask for what the row has; of one without bands for either, as a rate may change its kind."""
    unit, fields = tariff.units[of.unit], dict[str, Any]()
    needed = [Optional()] if every else [InputRequired(_("Enter the rate"))]
    if like.value_pct is not None or every:
        fields[f"value{suffix}"] = QuantityField(
            _("%(band)sPercent of the value", band=before),
            needed,
            places=tariff.pct_decimals,
            at_most=100,
            suffix="%",
            default=like.value_pct,
        )
    is_goods = isinstance(of, Schedule) or of.form == "goods"
    if like.baht is not None or (every and is_goods):
        fields[f"baht{suffix}"] = QuantityField(
            _("%(band)sBaht for each %(unit)s", band=before, unit=getattr(unit, language())),
            needed,
            places=unit.rate_decimals,
            at_most=1_000_000,
            default=like.baht,
        )
    return fields


class SourceForm(BaseForm):
    """Where a figure was read that was only assumed."""

    source = TextField(
        _("Where it was read"),
        [Needed(_("Say where it was read"))],
        at_most=500,
        description=_("The regulation with its clause, and the Royal Gazette."),
    )
    confidence = SelectField(_("How sure it is"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer what makes a figure sure."""
        super().__init__(*args, **kwargs)
        self.confidence.choices = [
            SelectChoice(each, words.CONFIDENCE_NAMES[each]) for each in CONFIRMED
        ]

    def source_of(self, where: str, from_: date | None) -> Source:
        """Return what was entered as the domain takes it."""
        return Source(
            where=where,
            from_=from_,
            source=self.source.data,
            confidence=self.confidence.data,
        )


class ApproveForm(BaseForm):
    """The decision; `agreed_filings` is how many filed returns stood on the page."""

    agreed_filings = IntegerField(widget=HiddenInput())
    examined = BooleanField(
        _("I have compared every change with its source, and I know which returns it touches."),
        [DataRequired(_("Tick it when you have examined the edition"))],
    )


class PublishForm(BaseForm):
    """The last step."""

    sure = BooleanField(
        _("This shall be the tariff from now on."),
        [DataRequired(_("Tick it when you are sure"))],
    )


class TrialForm(BaseForm):
    """The months whose filed returns an edition is tried on."""

    since = BEMonthField(_("First month"), [Needed(_("Choose the month"))])
    until = BEMonthField(_("Last month"), [Needed(_("Choose the month"))])

    def validate_until(self, field: Any) -> None:
        """Refuse months that run backwards."""
        if self.since.data and field.data and field.data < self.since.data:
            raise ValidationError(_("The last month lies before the first"))


class ReasonForm(BaseForm):
    """Why an edition is returned or rejected."""

    reason = TextAreaField(
        _("The reason"),
        [Needed(_("Enter the reason")), Length(max=2000)],
        filters=[plain],
        description=_("The officer who drafted it reads these words."),
    )
