"""What the officer who drafts a setting does with it."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from backoffice.accounts import officer
from backoffice.tuning import words
from backoffice.tuning.forms import as_entered, setting_form
from backoffice.tuning.views import bp, rule_of
from excise.errors import Invalid
from excise.matching.tolerances import tolerances_on
from excise.tuning import actions
from excise.tuning.models import RuleSetting, SettingState
from excise.tuning.queries import setting
from web.access import requires
from web.clock import now, today
from web.db import reading, transaction
from web.fields import fail


@bp.route("/<rule>/new", methods=["GET", "POST"])
@requires("rule.tune")
def new(rule: str) -> ResponseReturnValue:
    """Draft another setting of a rule."""
    one, form = rule_of(rule), setting_form(rule_of(rule))()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                number = actions.draft(
                    session,
                    form.figures(),
                    rule=one.id,
                    officer_id=officer().id,
                    submission_id=form.submission_id.data,
                    at=now(),
                ).id
            return redirect(url_for(".show", number=number), 303)
        except Invalid as error:
            fail(form, error)
    held = tolerances_on(reading(), today().replace(day=1))[one.id]
    return render_template(
        "backoffice/tuning/new.html", form=form, rule=one, held=held, words=words
    )


@bp.route("/settings/<int(max=2147483647):number>/change", methods=["GET", "POST"])
@requires("rule.tune")
def change(number: int) -> ResponseReturnValue:
    """Change a draft; it must be replayed again."""
    one = own_draft(number)
    rule = rule_of(one.rule)
    form = setting_form(rule)(data=as_entered(one, rule))
    if form.validate_on_submit():
        try:
            with transaction() as session:
                figures, by = form.figures(), officer().id
                actions.change(session, figures, number=number, officer_id=by, at=now())
            return redirect(url_for(".show", number=number), 303)
        except Invalid as error:
            fail(form, error)
    return render_template("backoffice/tuning/change.html", form=form, one=one, rule=rule)


@bp.post("/settings/<int(max=2147483647):number>/propose")
@requires("rule.tune")
def propose(number: int) -> ResponseReturnValue:
    """Send it to the officer who decides."""
    with transaction() as session:
        actions.propose(session, number=number, officer_id=officer().id, at=now())
    flash(gettext("Sent. Another officer decides on it."), "success")
    return redirect(url_for(".show", number=number), 303)


def own_draft(number: int) -> RuleSetting:
    """Return a draft to its author; the action checks it again."""
    one = setting(reading(), number)
    if one.drafted_by != officer().id:
        raise actions.NotTheAuthor(number=number)
    one.require(SettingState.DRAFT, SettingState.REPLAYED)
    return one
