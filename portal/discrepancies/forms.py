"""What a taxpayer enters to answer a notice."""

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import MultipleFileField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from excise.cases.notices import Said
from excise.cases.rules import AnswerKind, Reason
from portal.discrepancies.words import REASONS
from web.fields import Needed, SubmissionForm, plain

_WORDS = 2000


class AcceptForm(SubmissionForm):
    """Nothing to enter: the press itself accepts."""

    def uploads(self) -> list[tuple[str, bytes]]:
        """Return the files by name and content."""
        return []

    def facts(self) -> dict[str, Any]:
        """Return what was entered, as `Said` names it."""
        return {}

    def said(self, kind: AnswerKind, **files: Any) -> Said:
        """Return the answer as the domain takes it."""
        return Said(kind=kind, **self.facts(), **files)


class ExplainForm(AcceptForm):
    """Why the figures differ, with the documents that show it."""

    reason = RadioField(
        _("Why do the figures differ?"),
        [InputRequired(_("Choose the reason"))],
        choices=[SelectChoice(reason.value, words) for reason, words in REASONS.items()],
    )
    words = TextAreaField(
        _("In your own words"),
        [Length(max=_WORDS)],
        filters=[plain],
        description=_("Name the documents that show it. At most 2,000 characters."),
    )
    files = MultipleFileField(
        _("Documents"),
        description=_(
            "You may add up to 5 files (PDF, JPEG or PNG), each of at most 5 MB. "
            "If this page comes back, choose them again."
        ),
    )

    def uploads(self) -> list[tuple[str, bytes]]:
        """Return the files by name and content."""
        chosen = [each for each in self.files.data or [] if each and each.filename]
        return [(each.filename, each.read()) for each in chosen]

    def facts(self) -> dict[str, Any]:
        """Return the reason and the words."""
        return {"reason": Reason(self.reason.data), "words": self.words.data or ""}


class DisputeForm(AcceptForm):
    """Whose data is wrong, and what is wrong with it."""

    source = RadioField(_("Whose data is wrong?"), [InputRequired(_("Choose whose data is wrong"))])
    words = TextAreaField(
        _("What is wrong?"),
        [Needed(_("Say what is wrong")), Length(max=_WORDS)],
        filters=[plain],
        description=_("Name the documents that show it. At most 2,000 characters."),
    )

    def facts(self) -> dict[str, Any]:
        """Return the source and the words."""
        return {"source": self.source.data, "words": self.words.data}


FORMS: dict[AnswerKind, type[AcceptForm]] = {
    AnswerKind.PAY: AcceptForm,
    AnswerKind.AMEND: AcceptForm,
    AnswerKind.EXPLAIN: ExplainForm,
    AnswerKind.DISPUTE: DisputeForm,
}
