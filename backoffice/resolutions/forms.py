"""Forms about money that found no bill."""

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, SelectMultipleField, TextAreaField
from wtforms.validators import DataRequired, Length

from web.fields import BaseForm, BEDateField, MoneyField, Needed, SubmissionForm, TextField, plain


def _words(label: object, missing: object) -> TextAreaField:
    return TextAreaField(label, [Needed(missing), Length(max=1000)], filters=[plain])


class AllocateForm(SubmissionForm):
    """That payments pay a bill."""

    ref1 = HiddenField(filters=[plain])
    others = SelectMultipleField(_("Take this money together with it"), coerce=int)
    payee = TextField(
        _("Who gets back what is over"),
        at_most=300,
        description=_("Name, bank and account number as in the payer's request."),
    )
    reason = _words(
        _("Why this money belongs to this bill"), _("Say why: the officer who decides reads it")
    )


class RefundForm(SubmissionForm):
    """That a payment is paid back."""

    payee = TextField(
        _("Who gets it back"),
        [Needed(_("Enter name, bank and account number"))],
        at_most=300,
        description=_("Name, bank and account number as in the payer's request."),
    )
    reason = _words(_("Why it is paid back"), _("Say why: the officer who decides reads it"))


class CreditForm(RefundForm):
    """How much of a taxpayer's credit is paid back."""

    amount = MoneyField(_("Amount (baht)"), [Needed(_("Enter the amount"))])


class ApproveForm(BaseForm):
    """The decision of the second officer."""

    examined = BooleanField(
        _("I have compared the payment, the references and the bill"),
        [DataRequired(_("Tick this when you have compared them"))],
    )


class GiveBackForm(BaseForm):
    """What is wrong with a proposal."""

    note = _words(_("What must change"), _("Say what must change"))


class TransferForm(BaseForm):
    """How a bank paid a refund."""

    transfer_no = TextField(
        _("Number of the bank's transfer"),
        [Needed(_("Enter the number of the transfer"))],
        at_most=40,
    )
    paid_on = BEDateField(_("Day of the transfer"), [Needed(_("Enter the day of the transfer"))])
