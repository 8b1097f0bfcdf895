"""A draft tried on past months and ended cases, changing nothing."""

from flask import current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from backoffice.accounts import officer
from backoffice.tuning import words
from backoffice.tuning.drafts import own_draft
from backoffice.tuning.forms import ReplayForm
from backoffice.tuning.views import bp, rule_of
from backoffice.work import words as work_words
from excise import work
from excise.errors import Invalid, NotFound
from excise.periods import add_months
from excise.replays.actions import ask
from excise.replays.queries import replay
from excise.tuning.queries import setting
from web.access import requires
from web.clock import now, today
from web.db import database, reading, transaction
from web.fields import fail

MONTHS = 12


@bp.route("/settings/<int(max=2147483647):number>/replay", methods=["GET", "POST"])
@requires("rule.tune")
def ask_replay(number: int) -> ResponseReturnValue:
    """Ask for the months, the last year unless others are chosen, and let it be replayed."""
    one, last = own_draft(number), add_months(today().replace(day=1), -1)
    form = ReplayForm(data={"since": add_months(last, 1 - MONTHS), "until": last})
    if form.validate_on_submit():
        assert form.since.data
        assert form.until.data
        try:
            with transaction() as session:
                months = {"since": form.since.data, "until": form.until.data}
                ask(session, number=number, **months, officer_id=officer().id, at=now())
            return redirect(url_for(".show_replay", number=number), 303)
        except Invalid as error:
            fail(form, error)
    return render_template(
        "backoffice/tuning/ask_replay.html", form=form, one=one, rule=rule_of(one.rule), words=words
    )


@bp.get("/settings/<int(max=2147483647):number>/replayed")
@requires("rule.replay")
def show_replay(number: int) -> ResponseReturnValue:
    """Show how far the replay is, or what came of it."""
    one = setting(reading(), number)
    if one.replay_key is None:
        raise NotFound(what="replay", id=str(number))
    made = replay(reading(), current_app.extensions["settings"], one.replay_key)
    return render_template(
        "backoffice/tuning/show_replay.html",
        one=one,
        rule=rule_of(one.rule),
        made=made,
        item=None if made else work.find(database(), f"replays.run:{one.replay_key}"),
        words=words,
        work_words=work_words,
    )
