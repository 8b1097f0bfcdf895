"""The menu of a site: what stands in it, for whom, and where the visitor is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Flask, current_app, request, url_for
from flask_babel.speaklater import LazyString
from flask_login import current_user

from web.access import permission_of


@dataclass(frozen=True)
class Item:
    """One entry: the endpoint it opens and its words.

    Only those see it who may open the page; `signed_in` hides it from visitors.
    `count` tells how many things wait behind it.
    """

    endpoint: str
    text: LazyString
    signed_in: bool = False
    count: Callable[[], int] | None = None

    def is_for(self, visitor: object) -> bool:
        """Tell whether the visitor may open the page."""
        if not getattr(visitor, "is_authenticated", False):
            return not self.signed_in
        permission = permission_of(self.endpoint)
        return permission is None or bool(current_app.jinja_env.globals["can"](permission))  # type: ignore[operator]


def init_app(app: Flask, menu: Sequence[Item], *, service: LazyString) -> None:
    """Show `menu` and the name of the service on every page of the site."""

    def navigation() -> list[dict[str, object]]:
        return [_entry(item) for item in menu if item.is_for(current_user)]

    app.jinja_env.globals.update(navigation=navigation, service=service)


def _entry(item: Item) -> dict[str, object]:
    room = item.endpoint.partition(".")[0]
    return {
        "text": str(item.text),
        "count": item.count() if item.count else 0,
        "href": url_for(item.endpoint),
        "current": request.endpoint == item.endpoint,
        "active": request.blueprint == room,
    }
