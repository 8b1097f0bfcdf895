"""Forms about debts that are given up and payments that are reversed."""

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, TextAreaField
from wtforms.validators import DataRequired, Length

from web.fields import BaseForm, Needed, SubmissionForm, TextField, plain


class ReasonForm(SubmissionForm):
    """Why a payment is reversed."""

    reason = TextAreaField(
        _("Why"),
        [Needed(_("Say why: the officer who decides reads it")), Length(max=1000)],
        filters=[plain],
    )


class WriteOffForm(ReasonForm):
    """Which bill is given up, and why."""

    ref1 = TextField(
        _("Reference 1 of the bill"), [Needed(_("Enter the reference of the bill"))], at_most=20
    )


class ApproveForm(BaseForm):
    """The decision of the second officer."""

    examined = BooleanField(
        _("I have examined the reason and the figures"),
        [DataRequired(_("Tick this when you have examined them"))],
    )


class GiveBackForm(BaseForm):
    """What is wrong with a proposal."""

    note = TextAreaField(
        _("What must change"),
        [Needed(_("Say what must change")), Length(max=1000)],
        filters=[plain],
    )
