"""What arrives from a browser, made harmless before any page reads it."""

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, Request, request
from flask_login import current_user
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.utils import cached_property

from excise.errors import NotFound
from web.fields.texts import visible

ENVELOPE_BYTES = 1 << 16  # what a form sends beside its file
View = TypeVar("View", bound=Callable[..., object])


def takes(*, most_bytes: int) -> Callable[[View], View]:
    """Let a page take more than pages do, from who is signed in: files of very many rows."""

    def mark(view: View) -> View:
        view.most_bytes = most_bytes  # type: ignore[attr-defined]
        return view

    return mark


class PageRequest(Request):
    """A request as pages know it: words and chosen files, never JSON.

    The form libraries would read JSON too, whose numbers and lists no field
    expects. Control characters go: nobody sees them, and PostgreSQL refuses
    the one that is NUL in any text.
    """

    @property
    def is_json(self) -> bool:
        """Never: our pages send forms."""
        return False

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """The query of the address, as words that can be seen."""
        return _seen(super().args)

    def _load_form_data(self) -> None:
        if "form" not in self.__dict__:
            super()._load_form_data()
            self.__dict__["form"] = _seen(self.form)


def _seen(sent: MultiDict[str, str]) -> ImmutableMultiDict[str, str]:
    return ImmutableMultiDict(
        (visible(name), visible(value)) for name, value in sent.items(multi=True)
    )


def init_app(app: Flask) -> None:
    """Let the pages of `app` meet such requests only."""
    app.request_class = PageRequest

    @app.before_request
    def refuse() -> None:
        if "\x00" in request.path:
            raise NotFound(what="page")
        # Before anything reads the form, as the check of its token does.
        most = getattr(app.view_functions.get(request.endpoint or ""), "most_bytes", None)
        if most is not None and current_user.is_authenticated:
            request.max_content_length = most
