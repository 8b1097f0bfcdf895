"""Forms about remittances."""

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, TextAreaField
from wtforms.validators import DataRequired, Length

from web.fields import BaseForm, BEDateField, Needed, TextField, plain


class PrepareForm(BaseForm):
    """Nothing to enter: the address says which month."""


class ApproveForm(BaseForm):
    """The decision of the second officer."""

    examined = BooleanField(
        _("I have examined the sums and the payees"),
        [DataRequired(_("Tick this when you have examined them"))],
    )


class GiveBackForm(BaseForm):
    """What is wrong with a remittance."""

    note = TextAreaField(
        _("What must change"),
        [Needed(_("Say what must change")), Length(max=1000)],
        filters=[plain],
    )


class TransferForm(BaseForm):
    """How the bank paid a payee."""

    bank_code = TextField(
        _("Bank the money left"), [Needed(_("Enter the bank's code, like KTB"))], at_most=20
    )
    transfer_no = TextField(
        _("Number of the bank's transfer"),
        [Needed(_("Enter the number of the transfer"))],
        at_most=40,
    )
    transferred_on = BEDateField(
        _("Day of the transfer"), [Needed(_("Enter the day of the transfer"))]
    )


class AnswerForm(BaseForm):
    """The payee's own receipt."""

    answer_no = TextField(
        _("Number of the payee's receipt"),
        [Needed(_("Enter the number of the receipt"))],
        at_most=60,
    )
    answered_on = BEDateField(_("Day of the receipt"), [Needed(_("Enter the day of the receipt"))])
