"""Accessibility, privacy, contact."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

bp = Blueprint("pages", __name__)
PUBLIC = ("pages.accessibility", "pages.privacy", "pages.contact")


@bp.get("/accessibility")
def accessibility() -> ResponseReturnValue:
    """Say what works for whom, and what does not yet."""
    return render_template("shared/pages/accessibility.html")


@bp.get("/privacy")
def privacy() -> ResponseReturnValue:
    """Say what is kept about a visitor, why and how long."""
    return render_template("shared/pages/privacy.html")


@bp.get("/contact")
def contact() -> ResponseReturnValue:
    """Say where help is."""
    return render_template("shared/pages/contact.html")
