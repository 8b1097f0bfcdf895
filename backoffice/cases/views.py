"""The queue of discrepancies and what an officer does about one."""

from collections.abc import Callable
from io import BytesIO

import sqlalchemy as sa
from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from backoffice.accounts import may, officer
from backoffice.cases import packs, words
from backoffice.cases.evidence import sales_behind
from backoffice.cases.forms import PrepareForm, ReasonForm
from backoffice.cases.stake import stake_of
from backoffice.evidence.words import source_names
from excise.assessments.queries import standing_assessment
from excise.cases import actions, notices
from excise.cases.letters import preview
from excise.cases.models import Discrepancy
from excise.cases.queries import discrepancies, discrepancy_for, requests_of_offices
from excise.cases.rules import OPEN, DiscrepancyState, clock_on
from excise.documents.store import Store
from excise.errors import Invalid, NotFound
from excise.evidence.parquet import SALES
from excise.evidence.queries import told_by
from excise.matching.models import Run
from excise.matching.rules import RULES
from excise.matching.tolerances import tolerances_on
from excise.offices.queries import codes_under, offices_under
from excise.people.models import Officer, Person
from web.access import requires
from web.clock import now, today
from web.db import reading, transaction
from web.fields import BaseForm, fail
from web.i18n import language
from web.paging import page_of

bp = Blueprint("cases", __name__, url_prefix="/cases")
packs.add_to(bp)


@bp.get("/")
@requires("case.view")
def index() -> ResponseReturnValue:
    """Show discrepancies of the officer's offices, the most tax at stake first."""
    offices = {each.code: each for each in offices_under(reading(), officer().office_code)}
    asked, office = request.args.get("state", ""), request.args.get("office", "")
    states = {each.value: [each] for each in DiscrepancyState} | {"all": list(DiscrepancyState)}
    query = discrepancies([office] if office in offices else offices, states.get(asked, OPEN))
    return render_template(
        "backoffice/cases/index.html",
        page=page_of(query),
        offices=offices,
        chosen={"state": asked if asked in states else "open", "office": office},
        words=words,
    )


@bp.get("/requests")
@requires("case.view")
def requests() -> ResponseReturnValue:
    """List what agencies were asked to correct, what is open and oldest first."""
    codes = codes_under(reading(), officer().office_code)
    return render_template(
        "backoffice/cases/requests.html",
        page=page_of(requests_of_offices(codes)),
        source_name=source_names(),
        words=words,
    )


@bp.get("/<reference>")
@requires("case.view")
def show(reference: str) -> ResponseReturnValue:
    """Show what was declared beside what others say, with everything behind it."""
    found = _discrepancy(reference)
    told = told_by(reading(), found.period, *RULES[found.rule].needs)
    source_name = source_names()
    return render_template(
        "backoffice/cases/show.html",
        found=found,
        rule=RULES[found.rule],
        run=reading().get_one(Run, found.run_id),
        sales=sales_behind(found),
        has_sales=SALES.code in RULES[found.rule].needs,
        sources=[(source_name(code), at) for code, at in sorted(told.items())],
        source_name=source_name,
        why=_why(found),
        stake=stake_of(found),
        assessment=standing_assessment(reading(), found.id),
        officers=_names(found),
        is_mine=found.officer_id == officer().id,
        may_assess=may("assessment.prepare"),
        form=PrepareForm(),
        words=words,
    )


@bp.post("/<reference>/take")
@requires("case.work")
def take(reference: str) -> ResponseReturnValue:
    """Take a discrepancy under review."""
    with transaction() as session:
        actions.take(session, reference=reference, officer_id=officer().id, at=now())
    flash(gettext("You have this discrepancy under review."), "success")
    return redirect(url_for(".show", reference=reference), 303)


@bp.route("/<reference>/aside", methods=["GET", "POST"])
@requires("case.work")
def aside(reference: str) -> ResponseReturnValue:
    """Put a discrepancy aside that is none."""
    return _ended("aside", reference, actions.put_aside, gettext("Put aside."))


@bp.route("/<reference>/close", methods=["GET", "POST"])
@requires("case.work")
def close(reference: str) -> ResponseReturnValue:
    """Close a discrepancy that is settled."""
    return _ended("close", reference, actions.close, gettext("Closed."))


@bp.route("/<reference>/void", methods=["GET", "POST"])
@requires("case.work")
def void(reference: str) -> ResponseReturnValue:
    """Withdraw a discrepancy that was opened in error."""
    return _ended("void", reference, actions.void, gettext("Withdrawn."))


@bp.route("/<reference>/refuse", methods=["GET", "POST"])
@requires("case.work")
def refuse(reference: str) -> ResponseReturnValue:
    """Not accept an explanation or a dispute."""
    return _ended("refuse", reference, notices.refuse, gettext("The answer was not accepted."))


@bp.route("/<reference>/notify", methods=["GET", "POST"])
@requires("case.work")
def notify(reference: str) -> ResponseReturnValue:
    """Show the letter, and send it."""
    found, form = _discrepancy(reference), BaseForm()
    if form.validate_on_submit():
        with transaction() as session:
            notices.notify(session, reference=reference, officer_id=officer().id, at=now())
        flash(gettext("The notice was sent."), "success")
        return redirect(url_for(".show", reference=reference), 303)
    thai_and_english = preview(found, "notified", at=now()).partition("\n--\n")
    clock = clock_on(today())
    return render_template(
        "backoffice/cases/notify.html", found=found, form=form, letter=thai_and_english, clock=clock
    )


@bp.get("/<reference>/files/<sha256>")
@requires("case.view")
def file(reference: str, sha256: str) -> ResponseReturnValue:
    """Hand over a file of an answer, never to be shown in the page."""
    given = (each for one in _discrepancy(reference).answers for each in one.files)
    if (kept := next((each for each in given if each.sha256 == sha256), None)) is None:
        raise NotFound(what="file", id=sha256)
    content = Store(current_app.extensions["settings"].documents).get(sha256)
    return send_file(
        BytesIO(content),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=kept.name,
    )


def _ended(
    page: str, reference: str, end: Callable[..., Discrepancy], said: str
) -> ResponseReturnValue:
    """Ask for the reason and end the discrepancy with it."""
    found, form = _discrepancy(reference), ReasonForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                end(
                    session,
                    reference=reference,
                    officer_id=officer().id,
                    reason=form.reason.data,
                    at=now(),
                )
            flash(said, "success")
            return redirect(url_for(".show", reference=reference), 303)
        except Invalid as error:
            fail(form, error)
    return render_template(f"backoffice/cases/{page}.html", found=found, form=form, words=words)


def _discrepancy(reference: str) -> Discrepancy:
    return discrepancy_for(reading(), reference, officer_id=officer().id)


def _why(found: Discrepancy) -> str:
    """Say why so much may differ in the month, as the rule or an officer's setting states it."""
    return tolerances_on(reading(), found.period)[found.rule].why(language())


def _names(found: Discrepancy) -> dict[str, str]:
    """Return the names of the officers in the history, by how it names them."""
    actors = {event.actor for event in found.events} | {f"officer:{found.officer_id}"}
    split = (actor.partition(":") for actor in actors)
    ids = [int(number) for kind, _, number in split if kind == "officer" and number != "None"]
    query = sa.select(Officer.id, Person.name).join(Person).where(Officer.id.in_(ids))
    return {f"officer:{number}": name for number, name in reading().execute(query)}
