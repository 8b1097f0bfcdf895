"""The agencies' door: a small Flask app without cookies, sessions or pages."""

from flask import Flask, Response
from sqlalchemy.exc import SQLAlchemyError

from excise.config import Settings
from excise.db import Database
from excise.schema import is_current


def create_app(settings: Settings) -> Flask:
    """Build the exchange. Its services come with their contract; health is here from the start."""
    app = Flask("exchange", static_folder=None, template_folder=None)
    database = Database(settings.database_url)

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

    @app.errorhandler(404)
    def unknown(_error: Exception) -> Response:
        return _text("There is no service at this address.", 404)

    return app


def _text(words: str, status: int) -> Response:
    return Response(f"{words}\n", status, content_type="text/plain; charset=utf-8")
