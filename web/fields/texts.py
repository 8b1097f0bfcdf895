"""Words as people type them, and what must not stay empty."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from wtforms import Field, StringField
from wtforms.validators import Length, StopValidation

# Control characters, zero-width spaces, what turns the direction of writing around (a name could
# look like another), and what is no character at all: XML, so every document, refuses that.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
    "\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufdd0-\ufdef\ufffe\uffff]"
)
# Marks above and below a letter; no script needs more than three, and a pile of them runs over
# the figures of a printed document.
_MARKS = (
    "[\u0300-\u036f\u0483-\u0489\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]"
)
_PILE = re.compile(f"({_MARKS}{{4}}){_MARKS}+")


def plain(text: str | None) -> str:
    r"""Return one line of text: composed (NFC), spaces made one, nothing invisible in it.

    >>> plain("  บริษัท\t ตัวอย่าง\x00 จำกัด ")
    'บริษัท ตัวอย่าง จำกัด'
    """
    return unicodedata.normalize("NFC", " ".join(visible(text or "").split()))


def visible(text: str) -> str:
    r"""Return the text without what nobody sees; line breaks and tabs stay.

    Of a pile of marks on one letter the first four stay.
    >>> visible("น้ำ\u200b\x00มัน\u202e"), len(visible("e" + "\u0301" * 300))
    ('น้ำมัน', 5)
    """
    if text.isascii() and text.isprintable():  # nearly all that a form sends
        return text
    return _PILE.sub(r"\1", _UNSEEN.sub("", text))


class Needed:
    """Refuses an empty answer, and keeps what the field itself said about a wrong one."""

    def __init__(self, sentence: Any) -> None:
        """Take what to say."""
        self.sentence = sentence

    def __call__(self, _form: Any, field: Field) -> None:
        """Stop there: nothing else can be said about an empty answer."""
        if field.data in (None, "", []):
            field.errors = list(field.process_errors)
            raise StopValidation(None if field.process_errors else str(self.sentence))


class TextField(StringField):
    """One line of text."""

    def __init__(
        self,
        label: Any = None,
        validators: list[Callable[..., Any]] | None = None,
        *,
        at_most: int = 200,
        **kwargs: Any,
    ) -> None:
        """Take how many letters it may have."""
        checks = [*(validators or []), Length(max=at_most)]
        super().__init__(label, checks, filters=[plain], **kwargs)
