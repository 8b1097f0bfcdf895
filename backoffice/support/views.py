"""Reports, as support staff work on them."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

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

from backoffice.accounts import officer
from backoffice.support.forms import AnswerForm, NewsForm, NoteForm, TriageForm
from excise.documents.store import Store
from excise.errors import Invalid, NotFound
from excise.people.models import Officer
from excise.problems import actions
from excise.problems.models import NotInThisState, Problem
from excise.problems.queries import problem_for, problems
from excise.problems.rules import OPEN, ProblemKind, ProblemState, following
from web.access import requires
from web.clock import now
from web.db import reading, transaction
from web.fields import BaseForm, fail
from web.paging import page_of
from web.problems import link_to, words

bp = Blueprint("support", __name__, url_prefix="/support")
STATES = {
    "open": OPEN,
    "all": tuple(ProblemState),
    **{each.value: (each,) for each in ProblemState},
}


@bp.get("/")
@requires("problem.answer")
def index() -> ResponseReturnValue:
    """List the reports, the oldest first; those that nobody has answered unless asked."""
    chosen = {name: request.args.get(name, "") for name in ("state", "kind", "mine")}
    chosen["state"] = chosen["state"] if chosen["state"] in STATES else "open"
    kind = ProblemKind(chosen["kind"]) if chosen["kind"] in set(ProblemKind) else None
    query = problems(
        STATES[chosen["state"]], kind=kind, officer_id=officer().id if chosen["mine"] else None
    )
    return render_template(
        "backoffice/support/index.html", page=page_of(query), chosen=chosen, words=words
    )


@bp.get("/<reference>")
@requires("problem.answer")
def show(reference: str) -> ResponseReturnValue:
    """Show a report, what may be done about it, and all that happened."""
    return _page(reference, TriageForm())


@bp.post("/<reference>/triage")
@requires("problem.answer")
def triage(reference: str) -> ResponseReturnValue:
    """Say what kind of report it is."""
    form = TriageForm()
    if not form.validate():
        return _page(reference, form)
    return _done(reference, actions.triage, kind=ProblemKind(form.kind.data))


@bp.post("/<reference>/take")
@requires("problem.answer")
def take(reference: str) -> ResponseReturnValue:
    """Take a report to work on."""
    return _done(reference, actions.take)


@bp.route("/<reference>/note", methods=["GET", "POST"])
@requires("problem.answer")
def note(reference: str) -> ResponseReturnValue:
    """Write something down for colleagues."""
    form = NoteForm()
    if form.validate_on_submit():
        return _done(reference, actions.note, words=form.words.data)
    return _asked("note", _problem(reference), form)


@bp.route("/<reference>/answer", methods=["GET", "POST"])
@requires("problem.answer")
def answer(reference: str) -> ResponseReturnValue:
    """Answer the sender."""
    one = _problem(reference)
    if one.state is ProblemState.REPORTED or not following(one.state):
        raise NotInThisState(reference=reference, state=one.state.value)
    form = AnswerForm(problem=one)
    if form.validate_on_submit():
        said = {"state": ProblemState(form.state.data), "words": form.words.data}
        return _done(reference, actions.answer, link_to=link_to, **said)
    return _asked("answer", one, form)


@bp.route("/<reference>/news", methods=["GET", "POST"])
@requires("problem.answer")
def news(reference: str) -> ResponseReturnValue:
    """Write what everybody may read about a change."""
    one = _problem(reference)
    if one.state is not ProblemState.CHANGED:
        raise NotInThisState(reference=reference, state=one.state.value)
    form = NewsForm(th=one.news_th, en=one.news_en)
    if form.validate_on_submit():
        try:
            return _done(reference, actions.draft_news, th=form.th.data, en=form.en.data)
        except Invalid as error:
            fail(form, error)
    return _asked("news", one, form)


@bp.post("/<reference>/publish")
@requires("problem.answer")
def publish(reference: str) -> ResponseReturnValue:
    """Let everybody read about a change."""
    return _done(reference, actions.publish_news)


@bp.get("/<reference>/picture")
@requires("problem.answer")
def picture(reference: str) -> ResponseReturnValue:
    """Hand over the picture, never to be shown in the page."""
    if (kept := _problem(reference).picture) is None:
        raise NotFound(what="picture", id=reference)
    return send_file(
        BytesIO(Store(current_app.extensions["settings"].documents).get(kept.sha256)),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=kept.name,
    )


def _problem(reference: str) -> Problem:
    return problem_for(reading(), reference, officer_id=officer().id)


def _page(reference: str, form: TriageForm) -> ResponseReturnValue:
    one = _problem(reference)
    if form.kind.data is None and one.kind:
        form.kind.data = one.kind.value
    return render_template(
        "backoffice/support/show.html",
        one=one,
        form=form,
        words=words,
        officers=_names(one),
        may_answer=one.state is not ProblemState.REPORTED and bool(following(one.state)),
        is_mine=one.officer_id == officer().id,
    )


def _asked(view: str, one: Problem, form: BaseForm) -> ResponseReturnValue:
    return render_template(f"backoffice/support/{view}.html", one=one, form=form, words=words)


def _done(reference: str, act: Callable[..., Problem], **entered: Any) -> ResponseReturnValue:
    with transaction() as session:
        act(session, reference=reference, officer_id=officer().id, at=now(), **entered)
    flash(gettext("Saved."), "success")
    return redirect(url_for(".show", reference=reference), 303)


def _names(one: Problem) -> dict[str, str]:
    """Return the names of the officers in the history, by how it names them."""
    actors = (event.actor.partition(":") for event in one.events)
    ids = {int(number) for kind, _, number in actors if kind == "officer"}
    found = reading().query(Officer).where(Officer.id.in_(ids))
    return {f"officer:{each.id}": each.person.name for each in found}
