"""What a supervisor asks: is the process alive, and can it do its work."""

from flask import Blueprint, Flask, current_app
from flask.typing import ResponseReturnValue

from excise.condition import Readiness
from excise.config import Settings

PLAIN = {"Content-Type": "text/plain; charset=utf-8"}
bp = Blueprint("health", __name__)


def init_app(app: Flask, settings: Settings) -> None:
    """Answer at /healthz and /readyz."""
    app.extensions["readiness"] = Readiness(settings, app.extensions["database"])
    app.register_blueprint(bp)


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    """Answer without the database and without a session."""
    return "ok\n", PLAIN


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    """Answer 200 when all is there, else 503 with what is missing, soon in any case."""
    missing = current_app.extensions["readiness"].missing()
    words = "".join(f"{each}\n" for each in missing)
    return (words, 503, PLAIN) if missing else ("ready\n", PLAIN)
