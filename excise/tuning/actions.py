"""Draft a setting, propose it, publish it, roll it back: four eyes before it binds."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit, work
from excise.db import lock
from excise.errors import Invalid, NotAllowed
from excise.evidence.queries import delivered
from excise.people.queries import require_officer
from excise.periods import add_months, local_date
from excise.tuning.models import RuleSetting, SettingState
from excise.tuning.queries import setting

MAX_SHARE_BP = 10_000
MAX_LEAST = 10**15
MONTHS_ANEW = 12  # older months are compared when something new is told of them
_S = SettingState


class NotTheAuthor(NotAllowed):
    """Only who drafted a setting changes it: four eyes would be two otherwise."""

    code = "not-your-setting"


class AuthorCannotDecide(NotAllowed):
    """Four eyes: whoever drafted a setting never publishes it or rolls it back."""

    code = "setting-author-cannot-decide"


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What an officer sets: from which month, how much, and why in both languages."""

    starts_on: date
    share_bp: int
    least: int
    why_th: str
    why_en: str

    def check(self) -> None:
        """Raise Invalid, with the field, for what no rule can take."""
        if self.starts_on.day != 1:
            raise Invalid("not-a-month", field="starts_on")
        for name, most in (("share_bp", MAX_SHARE_BP), ("least", MAX_LEAST)):
            if not 0 <= getattr(self, name) <= most:
                raise Invalid("out-of-range", field=name, accepted=f"0-{most}")
        for name in ("why_th", "why_en"):
            if not getattr(self, name).strip():
                raise Invalid("reason-missing", field=name)


def draft(
    session: Session,
    figures: Figures,
    *,
    rule: str,
    officer_id: int,
    submission_id: str,
    at: datetime,
) -> RuleSetting:
    """Draft a setting of a rule; the same submission is the same draft."""
    require_officer(session, officer_id=officer_id, permission="rule.tune")
    figures.check()
    lock(session, "tuning")  # the same form twice at once is one draft
    earlier = session.scalar(
        sa.select(RuleSetting).where(RuleSetting.submission_id == submission_id)
    )
    if earlier is not None:
        return earlier
    made = RuleSetting(
        rule=rule,
        **vars(figures),
        submission_id=submission_id,
        drafted_by=officer_id,
        drafted_at=at,
        changed_at=at,
    )
    session.add(made)
    session.flush()  # the log names its number
    _log(session, made, officer_id, "draft", at)
    return made


def change(
    session: Session, figures: Figures, *, number: int, officer_id: int, at: datetime
) -> RuleSetting:
    """Change what was not sent yet; what a replay said of other figures is forgotten."""
    one = own(session, number, officer_id)
    one.require(_S.DRAFT, _S.REPLAYED)
    figures.check()
    if any(getattr(one, name) != value for name, value in vars(figures).items()):
        for name, value in vars(figures).items():
            setattr(one, name, value)
        one.replay_key = None
        _move(session, one, _S.DRAFT, officer_id, "change", at)
    return one


def propose(session: Session, *, number: int, officer_id: int, at: datetime) -> RuleSetting:
    """Send a replayed draft to be decided on; sending again changes nothing."""
    one = own(session, number, officer_id)
    if one.state is _S.PROPOSED:
        return one
    one.require(_S.REPLAYED)
    one.note = ""
    _move(session, one, _S.PROPOSED, officer_id, "propose", at)
    return one


def give_back(
    session: Session, *, number: int, reason: str, officer_id: int, at: datetime
) -> RuleSetting:
    """Return it to its author, with what must change."""
    one = _for_decision(session, number, officer_id)
    one.require(_S.PROPOSED)
    one.note = _needed(reason)
    _move(session, one, _S.REPLAYED, officer_id, "return", at)
    return one


def reject(
    session: Session, *, number: int, reason: str, officer_id: int, at: datetime
) -> RuleSetting:
    """End what shall never be in force: its author may before it is decided on, or another."""
    one = setting(session, number, for_update=True)
    permission = "rule.tune" if one.drafted_by == officer_id else "rule.approve"
    require_officer(session, officer_id=officer_id, permission=permission)
    one.require(_S.DRAFT, _S.REPLAYED, _S.PROPOSED)
    one.note, one.decided_by, one.decided_at = _needed(reason), officer_id, at
    _move(session, one, _S.REJECTED, officer_id, "reject", at)
    return one


def publish(session: Session, *, number: int, officer_id: int, at: datetime) -> RuleSetting:
    """Put it in force for the months from its day, for every run from the commit on.

    The latest months that it concerns are compared anew; findings of earlier runs stay as
    they are. A repeat changes nothing.
    """
    one = _for_decision(session, number, officer_id)
    if one.state is _S.PUBLISHED:
        return one
    one.require(_S.PROPOSED)
    one.decided_by, one.decided_at = officer_id, at
    _move(session, one, _S.PUBLISHED, officer_id, "publish", at)
    _compare_anew(session, one, "published", at)
    return one


def roll_back(
    session: Session, *, number: int, reason: str, officer_id: int, at: datetime
) -> RuleSetting:
    """Take it out of force at once: what held before it holds again. A repeat changes nothing."""
    one = _for_decision(session, number, officer_id)
    if one.state is _S.ROLLED_BACK:
        return one
    one.require(_S.PUBLISHED)
    one.note, one.rolled_back_by, one.rolled_back_at = _needed(reason), officer_id, at
    _move(session, one, _S.ROLLED_BACK, officer_id, "roll-back", at)
    _compare_anew(session, one, "rolled-back", at)
    return one


def note_replay(session: Session, *, number: int, key: str, at: datetime) -> bool:
    """Note that a draft was replayed; False when it is another draft by now."""
    one = setting(session, number, for_update=True)
    if one.state is not _S.DRAFT or one.replay_key != key:
        return False
    one.state, one.changed_at = _S.REPLAYED, at
    return True


def own(session: Session, number: int, officer_id: int) -> RuleSetting:
    """Return a setting, held, to the officer who drafted it."""
    require_officer(session, officer_id=officer_id, permission="rule.tune")
    one = setting(session, number, for_update=True)
    if one.drafted_by != officer_id:
        raise NotTheAuthor(number=number)
    return one


def _for_decision(session: Session, number: int, officer_id: int) -> RuleSetting:
    require_officer(session, officer_id=officer_id, permission="rule.approve")
    one = setting(session, number, for_update=True)
    if one.drafted_by == officer_id:
        raise AuthorCannotDecide(number=number)
    return one


def _compare_anew(session: Session, one: RuleSetting, why: str, at: datetime) -> None:
    this_month = local_date(at).replace(day=1)
    latest = (add_months(this_month, -back) for back in range(1, MONTHS_ANEW + 1))
    months = [month for month in latest if month >= one.starts_on]
    for month in sorted(delivered(session, months)):
        cause = f"setting:{one.id}:{why}"
        asked = (month.isoformat(), None, cause, at.isoformat())
        work.enqueue(session, "matching.run", f"{month}:{cause}", *asked)


def _needed(reason: str) -> str:
    if not reason.strip():
        raise Invalid("reason-missing", field="reason")
    return reason.strip()


def _move(
    session: Session,
    one: RuleSetting,
    state: SettingState,
    officer_id: int,
    act: str,
    at: datetime,
) -> None:
    one.state, one.changed_at = state, at
    _log(session, one, officer_id, act, at)


def _log(session: Session, one: RuleSetting, officer_id: int, act: str, at: datetime) -> None:
    audit.record(
        session,
        actor=f"officer:{officer_id}",
        act=f"rule.{act}",
        subject=f"setting:{one.id}",
        at=at,
        rule=one.rule,
        starts_on=one.starts_on.isoformat(),
        share_bp=one.share_bp,
        least=one.least,
        **({"reason": one.note} if one.note else {}),
    )
