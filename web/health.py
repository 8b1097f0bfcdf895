"""What a supervisor asks: is the process alive, and can it do its work."""

import logging

import sqlalchemy as sa
from flask import Blueprint
from flask.typing import ResponseReturnValue

from excise import schema
from web.db import database

LOG = logging.getLogger("excise.web")
PLAIN = {"Content-Type": "text/plain"}
bp = Blueprint("health", __name__)


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    """Answer without the database and without a session."""
    return "ok\n", PLAIN


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    """Answer 200 when the database is there and has the newest schema, else 503."""
    try:
        current = schema.is_current(database())
    except sa.exc.SQLAlchemyError as error:
        LOG.warning("not ready: %s", error)
        current = False
    return ("ready\n", PLAIN) if current else ("not ready\n", 503, PLAIN)
