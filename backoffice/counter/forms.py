"""Forms of the counter."""

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, TextAreaField
from wtforms.validators import DataRequired, Length

from excise.counter.models import Means
from web.fields import BaseForm, MoneyField, Needed, SubmissionForm, TextField, plain

MEANS = {Means.CASH: _("Cash"), Means.CHEQUE: _("Cheque"), Means.CARD: _("Card")}


class OpenForm(BaseForm):
    """What lies in the drawer at first."""

    float_satang = MoneyField(
        _("Change in the drawer"), [Needed(_("Count the drawer and enter what lies in it"))]
    )


class TakeForm(SubmissionForm):
    """How a bill is paid."""

    ref1 = HiddenField(filters=[plain])
    means = RadioField(
        _("How it is paid"),
        choices=[SelectChoice(value.value, name) for value, name in MEANS.items()],
        default=Means.CASH.value,
    )
    tendered = MoneyField(_("Cash given"), description=_("Only when it is paid in cash."))
    detail = TextField(
        _("Cheque or card"),
        at_most=100,
        description=_("Bank and number of the cheque, or the approval code of the card."),
    )


class CountForm(BaseForm):
    """What lies in the drawer at the end."""

    counted = MoneyField(
        _("Cash counted, with the change you began with"),
        [Needed(_("Count the drawer and enter what lies in it"))],
    )
    reason = TextAreaField(
        _("Why it differs"),
        [Length(max=1000)],
        filters=[plain],
        description=_("Only when it is not what should lie there."),
    )


class ApproveForm(BaseForm):
    """That the supervisor has the money."""

    examined = BooleanField(
        _("I have counted the money, the cheques and the card slips, and took them over"),
        [DataRequired(_("Tick this when you have counted them"))],
    )


class GiveBackForm(BaseForm):
    """Why the cashier must count again."""

    note = TextAreaField(
        _("What must be counted again"),
        [Needed(_("Say what must be counted again")), Length(max=1000)],
        filters=[plain],
    )


class CopyForm(BaseForm):
    """Nothing to enter: the address says of which receipt."""
