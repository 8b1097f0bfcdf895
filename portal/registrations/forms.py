"""What an applicant enters in ภส.01-01."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from wtforms import RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Regexp, ValidationError

from excise.formats import arabic_digits
from excise.offices.models import Office
from excise.taxpayers.actions import CORRECTABLE, Application
from excise.taxpayers.models import Registration
from excise.taxpayers.provinces import PROVINCES
from excise.taxpayers.rules import EstablishmentType
from web.fields import BEDateField, Needed, SubmissionForm, TaxIdField, TextField, plain
from web.i18n import language
from web.tariff import tariff_now

KINDS: dict[EstablishmentType, LazyString] = {
    EstablishmentType.FACTORY: _("Factory: it makes goods"),
    EstablishmentType.SERVICE: _("Place of service: it provides services"),
    EstablishmentType.IMPORTER: _("Importer: it brings goods in"),
}


def duty_group_sections() -> list[tuple[LazyString, list[str]]]:
    """Return the duty groups as people look for them: goods, what has licences, services."""
    tariff = tariff_now()
    services = service_groups()
    licensed = {code for code in tariff.duty_groups if code >= "7000"}
    goods = [code for code in tariff.duty_groups if code not in services | licensed]
    return [
        (_("Goods"), goods),
        (_("Liquor, tobacco and playing cards"), sorted(licensed)),
        (_("Services"), sorted(services)),
    ]


def service_groups() -> set[str]:
    """Return the duty groups of services."""
    items = tariff_now().items
    return {code for item in items if item.form == "services" for code in item.duty_groups}


def check_groups(kind: str, codes: Iterable[str]) -> None:
    """Refuse duty groups that do not belong to a kind of establishment."""
    services = kind == EstablishmentType.SERVICE
    wrong = [code for code in codes if (code in service_groups()) != services]
    if wrong and services:
        raise ValidationError(
            gettext("A place of service provides services: choose only from the services")
        )
    if wrong:
        raise ValidationError(
            gettext("Factories and importers have goods: choose no services here")
        )


class ApplicationForm(SubmissionForm):
    """The application for one establishment."""

    tax_id = TaxIdField(
        _("Tax identification number of the owner"),
        [Needed(_("Enter the 13 digits of the tax number"))],
        description=_("13 digits of the company or person; spaces and dashes do not matter."),
    )
    taxpayer_name = TextField(
        _("Name of the owner"),
        [Needed(_("Enter the name of the company or person"))],
        description=_("As it stands on the certificate of incorporation or the identity card."),
    )
    establishment_type = RadioField(
        _("What kind of establishment is it?"),
        [Needed(_("Choose what kind of establishment it is"))],
        choices=[SelectChoice(kind.value, text) for kind, text in KINDS.items()],
    )
    duty_groups = SelectMultipleField(
        _("What does it make, import or provide?"),
        [Needed(_("Choose at least one kind of goods or services"))],
        description=_("Choose everything that applies."),
    )
    starts_on = BEDateField(
        _("First day of production, import or service"),
        [Needed(_("Enter the day on which it starts"))],
    )
    name = TextField(
        _("Name of the establishment"), [Needed(_("Enter the name of the establishment"))]
    )
    address = TextAreaField(
        _("Postal address"),
        [Needed(_("Enter the address")), Length(max=500)],
        filters=[plain],
        description=_("House number, road, sub-district and district."),
    )
    province = SelectField(_("Province"), [Needed(_("Choose the province"))])
    postcode = TextField(
        _("Postcode"),
        [
            Needed(_("Enter the postcode")),
            Regexp(r"^[1-9]\d{4}$", message=_("A postcode has 5 digits, like 10300")),
        ],
    )
    phone = TextField(
        _("Telephone"),
        [
            Needed(_("Enter a telephone number")),
            Regexp(
                r"^\+?\d(?:[ -]?\d){7,13}(?: ?(?:ต่อ|ext\.?|x) ?\d{1,6})?$",
                message=_("Enter a telephone number, like 0 2241 5600"),
            ),
        ],
        at_most=40,
    )
    office_code = SelectField(
        _("Area office that looks after it"), [Needed(_("Choose the area office"))]
    )

    def __init__(self, *args: Any, offices: Iterable[Office], **kwargs: Any) -> None:
        """Offer offices, provinces and duty groups in the visitor's language."""
        super().__init__(*args, **kwargs)
        lang = language()
        nothing = SelectChoice("", gettext("Choose"))
        groups = tariff_now().duty_groups
        self.office_code.choices = [
            nothing,
            *(SelectChoice(each.code, getattr(each, f"name_{lang}")) for each in offices),
        ]
        self.province.choices = [
            nothing,
            *(SelectChoice(th, th if lang == "th" else en) for th, en in PROVINCES.items()),
        ]
        self.duty_groups.choices = [
            SelectChoice(code, getattr(groups[code], lang))
            for _title, codes in duty_group_sections()
            for code in codes
        ]
        for name in ("postcode", "phone"):
            if isinstance(self[name].data, str):
                self[name].data = arabic_digits(self[name].data)

    def validate_duty_groups(self, field: Any) -> None:
        """Keep goods and services apart: their returns differ."""
        if "establishment_type" not in self or not self.establishment_type.data:
            return
        check_groups(self.establishment_type.data, field.data or [])

    def application(self) -> Application:
        """Return what was entered, as the domain takes it."""
        assert self.tax_id.data, "asked of a form that was validated"
        return Application(tax_id=self.tax_id.data, **self._entered(CORRECTABLE))

    def changes(self) -> dict[str, Any]:
        """Return the corrected fields."""
        return self._entered([name for name in CORRECTABLE if name in self])

    def _entered(self, names: Sequence[str]) -> dict[str, Any]:
        entered = {name: self[name].data for name in names}
        if "establishment_type" in entered:
            entered["establishment_type"] = EstablishmentType(entered["establishment_type"])
        return entered


def correction_form(registration: Registration, offices: Iterable[Office]) -> ApplicationForm:
    """Return the form with the fields objected to and nothing else."""
    form = ApplicationForm(obj=registration, offices=offices)
    for name in ("tax_id", "submission_id", *CORRECTABLE):
        if name not in registration.objections:
            del form[name]
    return form
