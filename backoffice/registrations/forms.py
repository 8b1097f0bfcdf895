"""What an officer enters about an application."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, TextAreaField
from wtforms.validators import Length

from excise.taxpayers.actions import CORRECTABLE
from excise.taxpayers.rules import ENTRIES
from web.fields import BaseForm, BEDateField, MoneyField, Needed, TextField, plain


class ObjectionsForm(BaseForm):
    """For each field of the application: wrong or not, and why."""

    names = CORRECTABLE

    def objections(self) -> dict[str, str]:
        """Return the fields that are ticked, each with its reason."""
        return {name: self[f"why_{name}"].data for name in self.names if self[f"wrong_{name}"].data}

    def validate(self, **kwargs: Any) -> bool:
        """Ask for a reason with each tick, and for a tick with each reason."""
        valid = bool(super().validate(**kwargs))
        for name in self.names:
            ticked, why = self[f"wrong_{name}"], self[f"why_{name}"]
            if ticked.data and not why.data:
                why.errors = [gettext("Say what is wrong, so that the applicant can correct it")]
            elif why.data and not ticked.data:
                ticked.errors = [gettext("Tick it, or take the reason away")]
        return valid and not self.errors


def objections_form(names: Sequence[str]) -> type[ObjectionsForm]:
    """Return the form about some fields."""
    fields: dict[str, Any] = {"names": tuple(names)}
    for name in names:
        fields |= {f"wrong_{name}": BooleanField(), f"why_{name}": TextField(at_most=500)}
    return type("ObjectionsForm", (ObjectionsForm,), fields)


ApplicationObjectionsForm = objections_form(CORRECTABLE)
CHANGE_FORMS = {kind: objections_form((*names, "effective_on")) for kind, names in ENTRIES.items()}


class RejectionForm(BaseForm):
    """Why an application ends."""

    reason = TextAreaField(
        _("Reason"),
        [Needed(_("Enter the reason: the applicant reads it")), Length(max=2000)],
        filters=[plain],
        description=_("The applicant reads these words. Name the law or the fact."),
    )


class ApprovalForm(BaseForm):
    """Nothing to enter: the press itself is the decision."""


class GuaranteeForm(BaseForm):
    """A guarantee that was lodged."""

    document_number = TextField(
        _("Number of the document"),
        [Needed(_("Enter the number of the document"))],
        at_most=100,
        description=_("For example the number of the bank's letter of guarantee."),
    )
    amount_satang = MoneyField(_("Amount"), [Needed(_("Enter the amount"))], at_least=1)
    valid_from = BEDateField(_("First day it holds"), [Needed(_("Enter the first day"))])
    valid_until = BEDateField(_("Last day it holds"), [Needed(_("Enter the last day"))])
