"""What support staff enter about a report."""

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from excise.problems.models import Problem
from excise.problems.rules import MAX_WORDS, following
from web.fields import BaseForm, Needed
from web.fields.texts import visible
from web.problems.words import KINDS, STATES


def _words(label: Any, description: Any = "") -> TextAreaField:
    return TextAreaField(
        label,
        [Needed(_("Enter the words")), Length(max=MAX_WORDS)],
        filters=[lambda value: visible(value or "").strip()],
        description=description,
    )


class TriageForm(BaseForm):
    """What kind of report it is."""

    kind = RadioField(
        _("What is it?"),
        [InputRequired(_("Choose what it is"))],
        choices=[SelectChoice(each.value, words) for each, words in KINDS.items()],
    )


class NoteForm(BaseForm):
    """Words that the sender does not see."""

    words = _words(_("Note for colleagues"), _("The sender does not see it."))


class AnswerForm(BaseForm):
    """What becomes of it, and the words for the sender."""

    state = RadioField(_("What becomes of it?"), [InputRequired(_("Choose what becomes of it"))])
    words = _words(
        _("Answer to the sender"), _("It goes out by e-mail and stands with the report.")
    )

    def __init__(self, *args: Any, problem: Problem, **kwargs: Any) -> None:
        """Offer what may come next."""
        super().__init__(*args, **kwargs)
        self.state.choices = [
            SelectChoice(each.value, STATES[each]) for each in following(problem.state)
        ]


class NewsForm(BaseForm):
    """The words for everybody about a change."""

    th = _words(_("In Thai"), _("Name nobody, and nothing that only the sender can know."))
    en = _words(_("In English"))
