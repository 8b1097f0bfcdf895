"""What arrives from a browser, made harmless before any page reads it."""

from flask import Flask, Request, request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.utils import cached_property

from excise.errors import NotFound
from web.fields.texts import visible


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
