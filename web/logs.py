"""The name of a request, and which route it took: for the log, the counts and error pages."""

from flask import Flask, request

from excise.doors import ENDPOINT, HEALTH, Door
from excise.logs import reference

_HEALTH = dict(zip(("health.alive", "health.ready"), HEALTH, strict=True))


def request_id() -> str:
    """Return what this request is called in the log and on its error page."""
    return reference.get()


def init_app(app: Flask) -> None:
    """Tell the door which route each request takes; comes before anything may refuse it."""

    @app.before_request
    def name() -> None:
        if request.endpoint:
            request.environ[ENDPOINT] = _HEALTH.get(request.endpoint, request.endpoint)


def stand_before(app: Flask, site: str, *, behind_proxy: bool) -> None:
    """Put the door before the site; comes last, because the last is the outermost."""
    door = Door(app.wsgi_app, site, behind_proxy=behind_proxy)
    app.wsgi_app = door  # type: ignore[method-assign]
