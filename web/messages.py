"""What each reason code of the domain says to a person."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from excise.errors import Conflict, ExciseError, Invalid, NotAllowed, NotFound, Unavailable

SENTENCES: dict[str, LazyString] = {
    NotFound.code: _("What you asked for does not exist, or you may not see it."),
    NotAllowed.code: _("You may not do this."),
    Invalid.code: _("What was entered breaks a rule. Check it and try again."),
    Conflict.code: _("This cannot be done in the present state."),
    Unavailable.code: _("Something we need is not answering. Nothing was saved. Try again soon."),
    "permission-missing": _("Your role does not permit this. Ask the head of your office."),
    "right-missing": _("You may not do this for this business. Its owner can give you the right."),
    "changed-meanwhile": _("Somebody changed this at the same moment. Look at it and try again."),
}


def message_for(error: ExciseError) -> str:
    """Return the sentence for an error, with its facts filled in, in the visitor's language.

    A code without a sentence gets that of its kind; a test names such codes.
    """
    sentence = SENTENCES.get(error.reason) or SENTENCES[error.code]
    return str(sentence) % error.facts
