"""The first page."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

bp = Blueprint("home", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show what can be done here, signed in or not."""
    return render_template("portal/home/index.html")
