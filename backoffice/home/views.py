"""The first page."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

bp = Blueprint("home", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show the officer where to begin."""
    return render_template("backoffice/home/index.html")
