"""What somebody says about a page."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import EmailField, HiddenField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Regexp

from excise.problems.rules import MAX_WORDS
from web.fields import Needed, SubmissionForm, plain
from web.fields.texts import visible
from web.problems.words import CATEGORIES

_ADDRESS = r"^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$"


def _text(value: str | None) -> str:
    return visible(value or "").strip()


class ReportForm(SubmissionForm):
    """A report; the page that it is about goes along unseen."""

    page = HiddenField()
    ref = HiddenField()
    category = RadioField(
        _("What is it about?"),
        [InputRequired(_("Choose what it is about"))],
        choices=[SelectChoice(each.value, words) for each, words in CATEGORIES.items()],
    )
    what = TextAreaField(
        _("What went wrong, or what should be better?"),
        [Needed(_("Say what went wrong")), Length(max=MAX_WORDS)],
        filters=[_text],
        description=_("Do not enter passwords, codes or card numbers."),
    )
    doing = TextAreaField(
        _("What were you doing? (optional)"),
        [Length(max=MAX_WORDS)],
        filters=[_text],
        description=_("For example: I had entered two products and pressed Continue."),
    )
    email = EmailField(
        _("Your e-mail address"),
        [
            Needed(_("Enter your e-mail address, so that we can answer")),
            Length(max=254),
            Regexp(_ADDRESS, message=_("Enter an e-mail address, like name@example.com")),
        ],
        filters=[plain],
        description=_("We answer there. You get a link on which you can follow your report."),
    )
    picture = FileField(
        _("Picture of the page (optional)"),
        description=_(
            "PNG or JPEG, at most 5 MB. Cover what nobody should see. "
            "If this page comes back, choose it again."
        ),
    )

    def __init__(self, *args: Any, is_known: bool, **kwargs: Any) -> None:
        """Ask only those for an address whose address we do not know."""
        super().__init__(*args, **kwargs)
        if is_known:
            del self.email

    def chosen(self) -> tuple[str, bytes] | None:
        """Return the picture by name and content, None when there is none."""
        file = self.picture.data
        return (file.filename, file.read()) if file and file.filename else None
