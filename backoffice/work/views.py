"""What the workers have to do, and what an operator does when it comes to a halt."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from backoffice.accounts import officer
from backoffice.work import words
from excise import audit, work
from excise.db import Database
from excise.work import State
from web.access import requires
from web.clock import now
from web.db import database, transaction
from web.fields import BaseForm
from web.paging import MOST, PER_PAGE, Page, asked_number

bp = Blueprint("work", __name__, url_prefix="/work")
OPEN = (State.RUNNING, State.WAITING, State.FAILED, State.STOPPED)


@dataclass(frozen=True)
class Kind:
    """One kind of work: how much of it there is in each state, and since when it waits."""

    name: str
    counts: dict[State, int]
    since: datetime


@bp.get("/")
@requires("work.view")
def index() -> ResponseReturnValue:
    """Show what is not done, the latest first, or the work of one state."""
    asked = request.args.get("state", "")
    states = (State(asked),) if asked in list(State) else OPEN
    return render_template(
        "backoffice/work/index.html",
        page=_page(states),
        kinds=_kinds(),
        workers=work.workers_alive(database()),
        chosen=asked if len(states) == 1 else "open",
        at=now(),
        words=words,
    )


@bp.get("/<path:item_id>")
@requires("work.view")
def show(item_id: str) -> ResponseReturnValue:
    """Show one piece of work."""
    item = work.find(database(), item_id)
    return render_template(
        "backoffice/work/show.html", item=item, form=BaseForm(), at=now(), words=words
    )


@bp.post("/<path:item_id>/retry")
@requires("work.manage")
def retry(item_id: str) -> ResponseReturnValue:
    """Let work go on from the step that failed."""
    return _done("work.retry", item_id, work.retry, gettext("It will go on in a moment."))


@bp.post("/<path:item_id>/stop")
@requires("work.manage")
def stop(item_id: str) -> ResponseReturnValue:
    """Stop work before its next step."""
    said = gettext("It stops before its next step. What is done stays done.")
    return _done("work.stop", item_id, work.stop, said)


def _done(
    act: str, item_id: str, do: Callable[[Database, str], None], said: str
) -> ResponseReturnValue:
    item = work.find(database(), item_id)
    # The log first: what it tells of was asked for, whether or not it was still possible.
    with transaction() as session:
        actor = f"officer:{officer().id}"
        audit.record(session, actor=actor, act=act, subject=f"work:{item.id}", at=now())
    do(database(), item.id)
    flash(said, "success")
    return redirect(url_for(".show", item_id=item.id), 303)


def _page(states: tuple[State, ...]) -> Page[work.Item]:
    number = asked_number()
    rows = work.items(database(), states, limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    return Page(rows, number, work.count(database(), states, most=MOST + 1))


def _kinds() -> list[Kind]:
    kinds: dict[str, Kind] = {}
    for (name, state), (count, since) in sorted(work.counts(database()).items()):
        before = kinds.get(name, Kind(name, {}, since))
        kinds[name] = Kind(name, before.counts | {state: count}, min(before.since, since))
    return list(kinds.values())
