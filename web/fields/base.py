"""Forms whose messages are in the visitor's language, and the list of what is wrong in them."""

import uuid
from collections.abc import Iterator
from typing import Any

from flask import Flask, request
from flask_babel import Domain, gettext
from flask_wtf import FlaskForm
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import (
    Field,
    FieldList,
    FileField,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectMultipleField,
    ValidationError,
)

from excise.errors import ExciseError
from web.fields.texts import visible
from web.i18n import TRANSLATIONS
from web.messages import message_for


class _Messages(Domain):
    """The catalogue as WTForms wants it: WTForms fills in the numbers afterwards."""

    def ngettext(self, singular: str, plural: str, num: int, **_variables: Any) -> str:
        return str(self.get_translations().ngettext(singular, plural, num))


_MESSAGES = _Messages(translation_directories=[str(TRANSLATIONS)], domain="wtforms")


class BaseForm(FlaskForm):
    """A form of a page; WTForms knows no Thai, our catalogue does."""

    class Meta(FlaskForm.Meta):
        """Where the messages come from."""

        def wrap_formdata(self, form: Form, formdata: Any) -> Any:
            """Hand a file to a field for files only: to any other it is no answer."""
            sent = super().wrap_formdata(form, formdata)
            if not isinstance(sent, CombinedMultiDict):
                return sent
            files = MultiDict(
                (name, file)
                for name, file in request.files.items(multi=True)
                if isinstance(form._fields.get(name), FileField)
            )
            return CombinedMultiDict([files, request.form])

        def get_translations(self, form: Form) -> Domain:
            """Return our catalogue of WTForms' messages."""
            return _MESSAGES


class LineForm(Form):
    """One line of a FieldList(FormField(...)): same messages, no token of its own."""

    class Meta(Form.Meta):
        """Where the messages come from."""

        def get_translations(self, form: Form) -> Domain:
            """Return our catalogue of WTForms' messages."""
            return _MESSAGES


class SubmissionIdField(HiddenField):
    """Names this very filling-in of the form, so that a repeat is known as one.

    Made when the page is shown; a second press, a reload or a lost reply sends
    the same again. `data` is the UUID as text.
    """

    def __init__(self, label: str | None = None, **kwargs: Any) -> None:
        super().__init__(label, default=lambda: str(uuid.uuid4()), **kwargs)

    data: Any

    def pre_validate(self, form: Any) -> None:
        """Refuse what this site did not make."""
        try:
            self.data = str(uuid.UUID(self.data or ""))
        except ValueError:
            raise ValidationError(
                gettext("Load the page again and send the form once more.")
            ) from None


class SubmissionForm(BaseForm):
    """A form that creates something; the action gets `form.submission_id.data` as its key."""

    submission_id = SubmissionIdField()


def fail(form: Any, error: ExciseError) -> None:
    """Put what a rule of the domain said beside the field that it names, else above the form."""
    field = form._fields.get(str(error.facts.get("field")))
    if field is None:
        form.form_errors.append(message_for(error))
    else:
        field.errors = [*field.errors, message_for(error)]
        field.wrong_parts = getattr(field, "parts", ())


def carried() -> list[tuple[str, str]]:
    """Return what was just sent, for a page that checks it and sends it on."""
    pairs = request.form.items(multi=True)
    return [(name, visible(value)) for name, value in pairs if name != "csrf_token"]


def error_summary(form: Any) -> list[dict[str, str]]:
    """Return what is wrong, each with a link to an input that can take the focus."""
    problems = [
        {"text": str(error), "href": f"#{anchor}"}
        for anchor, errors in _wrong(form)
        for error in errors[:1]
    ]
    return problems + [{"text": str(error), "href": "#main-content"} for error in form.form_errors]


def _wrong(fields: Any) -> Iterator[tuple[str, list[Any]]]:
    for field in fields:
        if isinstance(field, FormField):
            yield from _wrong(field.form)
        elif isinstance(field, FieldList):
            yield from _wrong(field.entries)
            # A list may be wrong as a whole too; errors of its entries are dicts and lists.
            yield field.id, [error for error in field.errors if isinstance(error, str)]
        elif field.errors:
            yield focus_of(field), list(field.errors)


def focus_of(field: Field) -> str:
    """Return the id of the element that the link of an error leads to."""
    if isinstance(field, HiddenField):
        return "main-content"  # nobody can put that right; the top of the page says what happened
    if isinstance(field, RadioField | SelectMultipleField):
        return f"{field.id}-0"
    wrong_parts = getattr(field, "wrong_parts", None)
    return f"{field.id}-{wrong_parts[0]}" if wrong_parts else str(field.id)


def init_app(app: Flask) -> None:
    """Give the templates the summary of a form's errors."""
    app.jinja_env.globals["error_summary"] = error_summary
