"""The agencies' door: a small Flask app without cookies, sessions or pages."""

from functools import partial

from flask import Flask, Response, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from exchange.calls import Desk
from exchange.endpoint import answer, no_service
from exchange.offered import SERVICES
from excise.config import Settings
from excise.db import Database
from excise.schema import is_current


def create_app(settings: Settings) -> Flask:
    """Build the exchange; a contract that its types break stops it here, before it serves."""
    app = Flask("exchange", static_folder=None, template_folder=None)
    database = app.extensions["database"] = Database(settings.database_url)

    @app.get("/healthz")
    def healthz() -> Response:
        """Say that the process answers; asks nothing of the database."""
        return _text("ok", 200)

    @app.get("/readyz")
    def readyz() -> Response:
        """Say whether requests can be served now."""
        try:
            ready = is_current(database)
        except SQLAlchemyError as error:
            app.logger.warning("not ready: %s", error)
            ready = False
        return _text("ready" if ready else "not ready", 200 if ready else 503)

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
