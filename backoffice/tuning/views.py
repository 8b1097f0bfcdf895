"""The rules and their settings, as everybody reads them who works with what they find."""

from dataclasses import dataclass

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from backoffice.accounts import may, officer
from backoffice.tuning import words
from excise.errors import NotFound
from excise.matching.rules import RULES, Rule
from excise.matching.tolerances import tolerances_on
from excise.people.models import Officer
from excise.replays.queries import Record, records_of_rules, replay
from excise.tuning.models import RuleSetting, SettingState
from excise.tuning.queries import open_settings, setting, settings_of
from web.access import requires
from web.clock import today
from web.db import reading
from web.fields import BaseForm

bp = Blueprint("tuning", __name__, url_prefix="/rules")
OPEN = (SettingState.DRAFT, SettingState.REPLAYED, SettingState.PROPOSED)


@dataclass(frozen=True)
class Row:
    """One rule with what became of what it found."""

    rule: Rule
    allowed: str
    record: Record


@bp.get("/")
@requires("rule.view")
def index() -> ResponseReturnValue:
    """List the rules: what they let pass, and how often they were right."""
    held, records = tolerances_on(reading(), today().replace(day=1)), records_of_rules(reading())
    return render_template(
        "backoffice/tuning/index.html",
        rows=[
            Row(rule, words.allowed(rule, held[rule.id]), records.get(rule.id, Record()))
            for rule in RULES.values()
        ],
        waiting=reading().scalars(open_settings()).all(),
        rules=RULES,
        words=words,
    )


@bp.get("/<rule>")
@requires("rule.view")
def rule(rule: str) -> ResponseReturnValue:
    """Show one rule, its record, and every setting it ever had."""
    one = rule_of(rule)
    held = tolerances_on(reading(), today().replace(day=1))[one.id]
    return render_template(
        "backoffice/tuning/rule.html",
        rule=one,
        held=held,
        record=records_of_rules(reading()).get(one.id, Record()),
        settings=reading().scalars(settings_of(one.id)).all(),
        words=words,
    )


@bp.get("/settings/<int(max=2147483647):number>")
@requires("rule.view")
def show(number: int) -> ResponseReturnValue:
    """Show a setting, what held before it, what its replay says, and what can be done."""
    one = setting(reading(), number)
    before = tolerances_on(reading(), one.starts_on, without=one.id)
    kept = current_app.extensions["settings"]
    return render_template(
        "backoffice/tuning/show.html",
        one=one,
        rule=rule_of(one.rule),
        held=before[one.rule],
        made=replay(reading(), kept, one.replay_key) if one.replay_key else None,
        form=BaseForm(),
        words=words,
        **acts_for(one),
        **officers_of(one),
    )


def rule_of(id_: str) -> Rule:
    """Return the rule of that name; raises NotFound."""
    if id_ not in RULES:
        raise NotFound(what="rule", id=id_)
    return RULES[id_]


def acts_for(one: RuleSetting) -> dict[str, bool]:
    """Return what this officer may do with a setting; the action checks it again."""
    is_mine = one.drafted_by == officer().id
    edits = is_mine and may("rule.tune")
    decides = not is_mine and may("rule.approve")
    return {
        "edits": edits and one.state in (SettingState.DRAFT, SettingState.REPLAYED),
        "proposes": edits and one.state is SettingState.REPLAYED,
        "decides": decides and one.state is SettingState.PROPOSED,
        "rolls_back": decides and one.state is SettingState.PUBLISHED,
        "withdraws": edits and one.state in OPEN,
    }


def officers_of(one: RuleSetting) -> dict[str, Officer | None]:
    """Return who drafted, decided and rolled back, where somebody did."""
    acted = {"author": one.drafted_by, "decider": one.decided_by, "undoer": one.rolled_back_by}
    return {who: reading().get(Officer, id_) if id_ else None for who, id_ in acted.items()}
