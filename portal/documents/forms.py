"""What is printed beside the QR code."""

from flask_babel import lazy_gettext as _
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from web.fields import BaseForm


class CheckForm(BaseForm):
    """Number and code of a document."""

    number = StringField(
        _("Number of the document"),
        [InputRequired(_("Enter the number of the document")), Length(max=60)],
    )
    code = StringField(
        _("Verification code"),
        [InputRequired(_("Enter the verification code")), Length(max=60)],
    )
