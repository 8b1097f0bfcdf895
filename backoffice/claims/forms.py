"""Forms about claims."""

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from web.fields import BaseForm, BEDateField, Needed, TextField, plain


def _words(label: object, missing: object) -> TextAreaField:
    return TextAreaField(label, [Needed(missing), Length(max=2000)], filters=[plain])


class ExamineForm(BaseForm):
    """What the examiner found."""

    proposes = RadioField(
        _("What do you propose?"),
        [InputRequired(_("Choose what you propose"))],
        choices=[SelectChoice("approve", _("Approve")), SelectChoice("refuse", _("Refuse"))],
    )
    finding = _words(
        _("What you found, and why"), _("Say why: the officer who decides and the taxpayer read it")
    )


class DecideForm(BaseForm):
    """The decision of the second officer."""

    examined = BooleanField(
        _("I have compared the claim, its documents and its receipts"),
        [DataRequired(_("Tick this when you have compared them"))],
    )


class ReturnForm(BaseForm):
    """What is wrong with an examination."""

    note = _words(_("What must change"), _("Say what must change"))


class PaidForm(BaseForm):
    """How a bank paid a claim."""

    bank_code = TextField(
        _("Bank that paid"), [Needed(_("Enter the code of the bank"))], at_most=10
    )
    transfer_no = TextField(
        _("Number of the bank's transfer"),
        [Needed(_("Enter the number of the transfer"))],
        at_most=40,
    )
    paid_on = BEDateField(_("Day of the transfer"), [Needed(_("Enter the day of the transfer"))])
