"""What a grant is made of."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from wtforms import EmailField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Email, Length

from excise.delegations.actions import Grant
from excise.people.rules import Right
from web.fields import BEDateField, Needed, SubmissionForm, plain
from web.i18n import language
from web.tariff import tariff_now

RIGHTS: dict[Right, LazyString] = {
    Right.VIEW: _("See"),
    Right.PREPARE: _("Prepare returns and products"),
    Right.SUBMIT: _("Send returns and answer notices"),
    Right.PAY: _("Pay"),
    Right.MANAGE: _("Decide who may act"),
}


def group_names() -> dict[str, str]:
    """Return the names of all duty groups in the visitor's language."""
    groups = tariff_now().duty_groups
    return {code: getattr(named, language()) for code, named in groups.items()}


class GrantForm(SubmissionForm):
    """What somebody may do, for which goods and services, and how long."""

    rights = SelectMultipleField(
        _("What may this person do?"),
        description=_("Everybody here may see. Choose what else; nothing more is fine too."),
        choices=[
            SelectChoice(right.value, words)
            for right, words in RIGHTS.items()
            if right is not Right.VIEW
        ],
    )
    duty_groups = SelectMultipleField(
        _("For which goods and services?"),
        description=_(
            "Choose none to allow all, also those registered later. An establishment with several"
            " kinds is reached only when all of them are chosen."
        ),
    )
    until = BEDateField(_("Last day"), description=_("Leave it empty if it has no end."))

    def __init__(self, *args: Any, groups: list[str], **kwargs: Any) -> None:
        """Offer the duty groups of the business."""
        super().__init__(*args, **kwargs)
        names = group_names()
        self.duty_groups.choices = [SelectChoice(code, names.get(code, code)) for code in groups]

    def grant(self) -> Grant:
        """Return what was entered."""
        return Grant(
            rights=self.rights.data or [],
            duty_groups=self.duty_groups.data or [],
            until=self.until.data,
        )


class InviteForm(GrantForm):
    """A grant for somebody who is known by an e-mail address."""

    email = EmailField(
        _("E-mail address"),
        [
            Needed(_("Enter the e-mail address")),
            Email(_("Enter an e-mail address, like name@example.com")),
            Length(max=254),
        ],
        filters=[plain],
        description=_("The invitation goes there. Who has no account yet opens one with it."),
    )
