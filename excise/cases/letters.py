"""What a taxpayer hears about a discrepancy: notice, reminder, growth and result."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from excise import mail, periods
from excise.cases.models import Discrepancy, DiscrepancyEvent
from excise.cases.rules import AWAITED, DiscrepancyState, clock_on, is_covered
from excise.messages import actions as messages
from excise.people.queries import readers_of

_S = DiscrepancyState


def letter(session: Session, one: Discrepancy, template: str, *, at: datetime) -> None:
    """Post a letter to everybody who may see it, once for each entry of the history."""
    groups, today = one.registration.duty_groups, periods.local_date(at)
    told = messages.Told(
        key=f"discrepancy:{one.reference}:{len(one.events)}",
        kind=f"discrepancy_{template}",
        reference=one.reference,
        name=one.registration.name,
        taxpayer_id=one.taxpayer_id,
        registration_id=one.registration_id,
        duty_groups=groups,
        due_on=one.due_on,
    )
    messages.post(session, told, at=at)
    for person in readers_of(session, one.taxpayer_id, groups, on=today):
        mail.tell(
            session,
            to=person.email,
            template=f"discrepancy_{template}",
            key=f"discrepancy:{one.reference}:{len(one.events)}:{person.id}",
            facts=_facts(one, one.due_on),
            at=at,
        )


def preview(one: Discrepancy, template: str, *, at: datetime) -> str:
    """Return the letter as it would go out now, its subject in the first line."""
    return mail.written(f"discrepancy_{template}", _facts(one, _answer_by(at)))


# What each act sends to a taxpayer who had a notice; any other end sends the result.
_SENT = {
    "notified": "notified",
    "reminded": "reminded",
    "silent": "silent",
    "grown": "grown",
    "outgrew-answer": "grown",
    "refused": "refused",
}


def letters_of(one: Discrepancy) -> list[dict[str, Any]]:
    """Return what the taxpayer was written, in order, as the same templates write it."""
    if not one.is_told:
        return []
    first = [event.act for event in one.events].index("notified")
    sent = [
        {"at": event.at.isoformat(), "letter": name, "text": written}
        for event in one.events[first:]
        if (name := _SENT.get(event.act, ""))
        and (written := mail.written(f"discrepancy_{name}", _facts(one, _due_by(event))))
    ]
    if not one.is_open:
        text = mail.written("discrepancy_result", _facts(one, None))
        sent.append({"at": one.events[-1].at.isoformat(), "letter": "result", "text": text})
    return sent


def _due_by(event: DiscrepancyEvent) -> date | None:
    """Return the last day to answer that a letter named, None when it named none."""
    on = periods.local_date(event.at)
    if event.act in ("notified", "grown"):
        return on + timedelta(days=clock_on(on).answer_days)
    return on + timedelta(days=clock_on(on).reminder_days) if event.act == "reminded" else None


def _facts(one: Discrepancy, due_on: date | None) -> dict[str, str]:
    return {
        "reference": one.reference,
        "name": one.registration.name,
        "month": str(periods.TaxMonth.of(one.period)),
        "due_on": due_on.isoformat() if due_on else "",
    }


def _answer_by(at: datetime) -> date:
    today = periods.local_date(at)
    return today + timedelta(days=clock_on(today).answer_days)


def give_time(one: Discrepancy, *, at: datetime) -> None:
    """Start the clock, with the figures the taxpayer now hears of."""
    one.due_on = _answer_by(at)
    one.told_difference = one.difference


def grown(session: Session, one: Discrepancy, *, at: datetime) -> None:
    """Tell a taxpayer of figures beyond those of the notice, with time anew to answer.

    Measured against what was last told, so that small steps do not add up unheard.
    What was accepted or explained goes back to its officer; a dispute waits on.
    """
    if one.told_difference is None or is_covered(one, [one.told_difference]):
        return
    if one.state in AWAITED:
        give_time(one, at=at)
        if one.state is _S.REMINDED:
            one.move(_S.NOTIFIED, actor="system", at=at, act="grown")
        else:
            one.tell("grown", actor="system", at=at)
    else:
        one.told_difference = one.difference
        if one.state in (_S.ACCEPTED_PAY, _S.ACCEPTED_AMEND, _S.EXPLAINED):
            one.move(_S.UNDER_REVIEW, actor="system", at=at, act="outgrew-answer")
    letter(session, one, "grown", at=at)


def finish(session: Session, one: Discrepancy, *, actor: str, at: datetime) -> None:
    """Stop the clock of what has ended, its open requests too, and tell who had a notice."""
    one.due_on = None
    for request in one.requests:
        request.close(actor=actor, at=at, outcome=one.events[-1].act)
    if one.is_told:
        letter(session, one, "result", at=at)
