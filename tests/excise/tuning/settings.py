"""Settings of rules as tests need them."""

import datetime as dt

from excise.tuning import actions
from excise.tuning.actions import Figures
from excise.tuning.models import SettingState
from tests import factories
from tests.factories import AT, MONTH

ONE_CASE = 24 * 10_000
FIGURES = Figures(
    starts_on=MONTH,
    share_bp=100,
    least=ONE_CASE,
    why_th="นับเป็นลังแล้วคลาดเคลื่อนได้หนึ่งลัง",
    why_en="counted by the case, one case may be missing",
)


def tuner(session):
    return factories.officer(session, roles=["rule_officer"]).id


def head(session):
    return factories.officer(session, roles=["rule_head"]).id


def drafted(session, writer, figures=FIGURES, *, rule="R01"):
    return actions.draft(
        session,
        figures,
        rule=rule,
        officer_id=writer,
        submission_id=factories.fresh("draft"),
        at=AT,
    )


def replayed(session, writer, figures=FIGURES, *, rule="R01"):
    one = drafted(session, writer, figures, rule=rule)
    one.replay_key = "as-it-is"
    assert actions.note_replay(session, number=one.id, key="as-it-is", at=AT)
    return one


def proposed(session, figures=FIGURES, *, rule="R01", at=AT):
    writer = tuner(session)
    number = replayed(session, writer, figures, rule=rule).id
    return actions.propose(session, number=number, officer_id=writer, at=at)


def in_force(session, figures=FIGURES, *, rule="R01", at=AT):
    number = proposed(session, figures, rule=rule, at=at).id
    return actions.publish(session, number=number, officer_id=head(session), at=at)


def from_day(day: dt.date, **changes):
    return Figures(**vars(FIGURES) | {"starts_on": day} | changes)


__all__ = [
    "SettingState",
    "drafted",
    "from_day",
    "head",
    "in_force",
    "proposed",
    "replayed",
    "tuner",
]
