"""Reporting a problem with a page, and following what becomes of it."""

import secrets
from typing import cast

from flask import Blueprint, Flask, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_limiter.util import get_remote_address
from flask_login import current_user
from werkzeug.exceptions import HTTPException

from excise.config import Settings
from excise.documents.store import Store
from excise.errors import Conflict, Invalid
from excise.problems import actions
from excise.problems.models import Problem, ProblemPicture
from excise.problems.queries import problem_by_token, problem_of, reported_by
from excise.problems.rules import Category, address_told
from web.access import person_id
from web.clock import now
from web.db import reading, transaction
from web.fields import fail
from web.i18n import language
from web.paging import page_of
from web.problems import words
from web.problems.forms import ReportForm

bp = Blueprint("problems", __name__, url_prefix="/problems")
PUBLIC = ("problems.new", "problems.followed")
SECRET = {"token", "code", "name"}  # parts of addresses that open something


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Ask what is wrong with the page that the visitor comes from, and take it."""
    known = bool(current_user.is_authenticated)
    form = ReportForm(
        is_known=known,
        page=page_told(request.args.get("page", "")),
        ref=request.args.get("ref", "")[:64],
    )
    if form.validate_on_submit():
        try:
            followed_at = _taken(form)
            flash(gettext("Thank you. Your report was received."), "success")
            return redirect(followed_at, 303)
        except (Invalid, Conflict) as error:
            fail(form, error)
    return render_template("shared/problems/new.html", form=form, page=form.page.data)


def _taken(form: ReportForm) -> str:
    """Keep the report; return where it is followed."""
    known = bool(current_user.is_authenticated)
    picture = _kept(form)
    with transaction() as session:
        one = actions.report(
            session,
            actions.Report(
                category=Category(form.category.data),
                what=form.what.data,
                doing=form.doing.data,
                site=current_app.name,
                page=page_told(form.page.data or ""),
                request_id=(form.ref.data or "")[:64],
                language=language(),
                person_id=person_id() if known else None,
                email="" if known else form.email.data,
            ),
            submission_id=form.submission_id.data,
            token=secrets.token_urlsafe(24),
            picture=picture,
            link_to=link_to,
            at=now(),
        )
        return link_here(one)


def _kept(form: ReportForm) -> ProblemPicture | None:
    if (chosen := form.chosen()) is None:
        return None
    settings = cast(Settings, current_app.extensions["settings"])
    return actions.keep_picture(Store(settings.documents), *chosen)


@bp.get("/")
def index() -> ResponseReturnValue:
    """List what the visitor reported."""
    page = page_of(reported_by(person_id()))
    return render_template("shared/problems/index.html", page=page, words=words)


@bp.get("/<reference>")
def show(reference: str) -> ResponseReturnValue:
    """Show a report to who sent it, with every answer."""
    one = problem_of(reading(), reference, person_id=person_id())
    return render_template("shared/problems/show.html", one=one, words=words)


@bp.get("/followed/<token>")
def followed(token: str) -> ResponseReturnValue:
    """Show a report to the visitor who holds its link."""
    one = problem_by_token(reading(), token)
    return render_template("shared/problems/show.html", one=one, words=words)


def page_told(address: str) -> str:
    """Return the address of one of our pages as a report keeps it, without what is secret."""
    path = address_told(address)
    try:
        rule, given = current_app.url_map.bind("localhost").match(path, return_rule=True)
    except HTTPException:
        return path
    return rule.rule if SECRET & set(given) else path


def _page_here() -> str:
    """Return the address of this very page, for the link below it."""
    rule = request.url_rule
    return rule.rule if rule and SECRET & set(rule.arguments) else address_told(request.path)


def link_here(one: Problem) -> str:
    """Return where on this site a report is followed."""
    if one.person_id is None:
        return url_for("problems.followed", token=one.token)
    return url_for("problems.show", reference=one.reference)


def link_to(one: Problem) -> str:
    """Return where a report is followed, on the site that it came from, for a letter."""
    settings = cast(Settings, current_app.extensions["settings"])
    home = settings.backoffice_url if one.site == "backoffice" else settings.public_url
    return home.rstrip("/") + link_here(one)


def _whoever() -> str:
    signed_in = current_user.is_authenticated
    return f"person:{person_id()}" if signed_in else f"address:{get_remote_address()}"


def init_app(app: Flask, limit: str) -> None:
    """Put the pages on a site; one person, or one visitor's address, sends no more than `limit`."""
    app.register_blueprint(bp)
    limited = app.extensions["rate_limits"].limit(limit, key_func=_whoever, methods=["POST"])
    app.view_functions["problems.new"] = limited(app.view_functions["problems.new"])
    app.jinja_env.globals["page_here"] = _page_here
