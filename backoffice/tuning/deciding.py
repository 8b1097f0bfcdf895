"""The second pair of eyes: publish, return, reject, roll back."""

from collections.abc import Callable

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from backoffice.accounts import officer
from backoffice.tuning import words
from backoffice.tuning.forms import PublishForm, ReasonForm
from backoffice.tuning.views import OPEN, bp, officers_of, rule_of
from excise.matching.tolerances import tolerances_on
from excise.replays.queries import replay
from excise.tuning import actions
from excise.tuning.models import RuleSetting, SettingState
from excise.tuning.queries import setting
from web.access import fresh, requires
from web.clock import now
from web.db import reading, transaction

_S = SettingState


@bp.route("/settings/<int(max=2147483647):number>/publish", methods=["GET", "POST"])
@fresh
@requires("rule.approve")
def publish(number: int) -> ResponseReturnValue:
    """Show what it changes and what the replay says once more, and take the decision."""
    one, form = _for_decision(number, _S.PROPOSED), PublishForm()
    if form.validate_on_submit():
        with transaction() as session:
            actions.publish(session, number=number, officer_id=officer().id, at=now())
        flash(gettext("In force. The months it concerns are being compared anew."), "success")
        return redirect(url_for(".show", number=number), 303)
    assert one.replay_key  # nothing is proposed that was not replayed
    return render_template(
        "backoffice/tuning/publish.html",
        one=one,
        rule=rule_of(one.rule),
        held=tolerances_on(reading(), one.starts_on, without=one.id)[one.rule],
        made=replay(reading(), current_app.extensions["settings"], one.replay_key),
        form=form,
        words=words,
        **officers_of(one),
    )


@bp.route("/settings/<int(max=2147483647):number>/return", methods=["GET", "POST"])
@requires("rule.approve")
def give_back(number: int) -> ResponseReturnValue:
    """Return it with what must change."""
    one = _for_decision(number, _S.PROPOSED)
    said = gettext("Returned to the officer who drafted it.")
    return _with_reason("give_back", one, actions.give_back, said)


@bp.route("/settings/<int(max=2147483647):number>/reject", methods=["GET", "POST"])
@requires("rule.approve")
def reject(number: int) -> ResponseReturnValue:
    """End a setting that shall never be in force."""
    one = _for_decision(number, _S.PROPOSED)
    said = gettext("It has ended. It is not in force.")
    return _with_reason("reject", one, actions.reject, said)


@bp.route("/settings/<int(max=2147483647):number>/roll-back", methods=["GET", "POST"])
@fresh
@requires("rule.approve")
def roll_back(number: int) -> ResponseReturnValue:
    """Take it out of force at once."""
    one = _for_decision(number, _S.PUBLISHED)
    said = gettext("Rolled back. What held before holds again, and its months are compared anew.")
    return _with_reason("roll_back", one, actions.roll_back, said)


@bp.route("/settings/<int(max=2147483647):number>/withdraw", methods=["GET", "POST"])
@requires("rule.tune")
def withdraw(number: int) -> ResponseReturnValue:
    """End a setting of one's own before it is decided on."""
    one = setting(reading(), number)
    if one.drafted_by != officer().id:
        raise actions.NotTheAuthor(number=number)
    one.require(*OPEN)
    said = gettext("It has ended. It is not in force.")
    return _with_reason("withdraw", one, actions.reject, said)


def _with_reason(
    page: str, one: RuleSetting, act: Callable[..., RuleSetting], said: str
) -> ResponseReturnValue:
    """Ask for the reason and act with it."""
    form = ReasonForm()
    if form.validate_on_submit():
        with transaction() as session:
            told = {"reason": form.reason.data, "officer_id": officer().id, "at": now()}
            act(session, number=one.id, **told)
        flash(said, "success")
        return redirect(url_for(".show", number=one.id), 303)
    return render_template(
        f"backoffice/tuning/{page}.html",
        form=form,
        one=one,
        rule=rule_of(one.rule),
        held=tolerances_on(reading(), one.starts_on, without=one.id)[one.rule],
        words=words,
    )


def _for_decision(number: int, *states: SettingState) -> RuleSetting:
    """Return a setting if this officer may decide on it now."""
    one = setting(reading(), number)
    if one.drafted_by == officer().id:
        raise actions.AuthorCannotDecide(number=number)
    one.require(*states)
    return one
