"""The agencies' door: a small Flask app without cookies, sessions or pages."""

from functools import partial

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.middleware.proxy_fix import ProxyFix

from exchange.calls import Desk
from exchange.endpoint import answer, no_service
from exchange.offered import SERVICES
from excise.condition import Readiness
from excise.config import Settings
from excise.db import Database
from excise.doors import ENDPOINT, Door


def create_app(settings: Settings) -> Flask:
    """Build the exchange; a contract that its types break stops it here, before it serves."""
    app = Flask("exchange", static_folder=None, template_folder=None)
    database = app.extensions["database"] = Database(settings.database_url)
    readiness = Readiness(settings, database)

    @app.before_request
    def name_route() -> None:
        if request.endpoint:
            request.environ[ENDPOINT] = request.endpoint

    @app.get("/healthz")
    def healthz() -> Response:
        """Say that the process answers; asks nothing of the database."""
        return _text("ok", 200)

    @app.get("/readyz")
    def readyz() -> Response:
        """Say whether requests can be served now, and if not, why; soon in any case."""
        missing = readiness.missing()
        return _text("\n".join(missing) or "ready", 503 if missing else 200)

    app.register_error_handler(HTTPException, _no_page)
    for service in SERVICES:
        desk = Desk(service.contract(), service.serve, settings=settings, database=database)
        app.add_url_rule(
            desk.contract.path,
            service.name,
            partial(answer, desk, base_url=settings.exchange_url),
            methods=["GET", "POST"],
            provide_automatic_options=False,
        )
    if settings.https:  # TLS ends at the one proxy in front of us, which says who asked
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    door = Door(app.wsgi_app, "exchange", behind_proxy=settings.https)
    app.wsgi_app = door  # type: ignore[method-assign]
    return app


def _no_page(error: HTTPException) -> Response:
    """Answer a caller of SOAP in SOAP, anybody else in words; never with a page."""
    if error.code == 404 and request.method == "POST":
        return no_service()
    if error.code == 404:
        return _text("There is no service at this address.", 404)
    answer = _text(f"{error.name}.", error.code or 500)
    if isinstance(error, MethodNotAllowed):
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods or []))
    return answer


def _text(words: str, status: int) -> Response:
    return Response(f"{words}\n", status, content_type="text/plain; charset=utf-8")
