"""Forms about closings."""

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, TextAreaField
from wtforms.validators import DataRequired, Length

from web.fields import BaseForm, Needed, plain


class ProposeForm(BaseForm):
    """Nothing to enter: the address says which period."""


class DecideForm(BaseForm):
    """The decision of the second officer."""

    examined = BooleanField(
        _("I have examined the figures"), [DataRequired(_("Tick this when you have examined them"))]
    )


class ReopenForm(BaseForm):
    """Why a closed period must be opened."""

    reason = TextAreaField(
        _("Why it must be opened again"),
        [Needed(_("Say why it must be opened again")), Length(max=1000)],
        filters=[plain],
    )
