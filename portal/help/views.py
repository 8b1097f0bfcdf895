"""The articles, one by one and by search."""

import sqlalchemy as sa
from flask import Blueprint, Flask, render_template, request
from flask.typing import ResponseReturnValue

from excise.errors import Unavailable
from excise.knowledge.actions import remember_vain
from excise.knowledge.articles import article, articles
from excise.knowledge.rules import MAX_WORDS, found
from web.clock import now
from web.db import transaction
from web.fields import plain

bp = Blueprint("help", __name__, url_prefix="/help")


@bp.get("/")
def index() -> ResponseReturnValue:
    """List the articles, or those that words fit; what finds nothing is remembered."""
    words = plain(request.args.get("q", ""))[:MAX_WORDS].strip()
    everything = list(articles().values())
    shown = found(everything, words) if words else everything
    if not shown:
        _remember(words)
    return render_template("portal/help/index.html", shown=shown, q=words)


@bp.get("/<article_id>")
def show(article_id: str) -> ResponseReturnValue:
    """Show an article."""
    return render_template("portal/help/show.html", one=article(article_id))


def _remember(words: str) -> None:
    try:
        with transaction() as session:
            remember_vain(session, words, at=now())
    except (Unavailable, sa.exc.SQLAlchemyError):
        return  # the search is answered all the same


def init_app(app: Flask) -> None:
    """Let the forms' fields name an article: `field(form.x, help="tax-id")`."""
    app.jinja_env.globals["article"] = article
