"""What an officer enters about a discrepancy."""

from flask_babel import lazy_gettext as _
from wtforms import TextAreaField
from wtforms.validators import Length

from web.fields import BaseForm, Needed, SubmissionForm, plain


class ReasonForm(BaseForm):
    """Why a discrepancy ends."""

    reason = TextAreaField(
        _("Reason"),
        [Needed(_("Enter the reason: it stays in the history")), Length(max=2000)],
        filters=[plain],
        description=_("Name the document or the fact. Other officers read it later."),
    )


class PrepareForm(SubmissionForm):
    """Nothing to enter: the press itself begins the assessment, once."""
