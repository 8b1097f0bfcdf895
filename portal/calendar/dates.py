"""What is due, as a calendar program reads it (RFC 5545)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import url_for
from flask_babel import gettext
from icalendar import Alarm, Calendar, Event
from sqlalchemy.orm import Session

from excise.cases.queries import told_within
from excise.cases.rules import AWAITED
from excise.formats import amount
from excise.payments.owing import owed_on
from excise.payments.queries import unpaid_bills
from excise.returns.obligations import Obligation, obligations_of, to_come
from excise.tariff.schema import Tariff
from excise.taxpayers.queries import Reach, establishments_of
from web.i18n import show_date

REMINDER = timedelta(days=3)
MOST = 100  # bills and notices each


@dataclass(frozen=True)
class Due:
    """One thing to do by a day; `key` stays the same as long as it is the same thing."""

    key: str
    on: date
    what: str
    page: str


def due_dates(session: Session, tariff: Tariff, reach: Reach, *, today: date) -> Iterator[Due]:
    """Yield the returns, bills and notices that wait within a reach, and the returns to come."""
    places = establishments_of(session, reach)
    owed = obligations_of(session, tariff, places, today=today)
    seen = {(one.registration.id, one.month) for one in owed}
    ahead = to_come(tariff, places, today=today)
    for one in [*owed, *(each for each in ahead if (each.registration.id, each.month) not in seen)]:
        yield _return(one)
    for bill in unpaid_bills(session, reach, limit=MOST):
        asked = owed_on(session, bill, on=today).total_satang
        what = gettext("Pay %(amount)s baht of excise tax", amount=amount(asked))
        page = url_for("bills.show", ref1=bill.ref1, _external=True)
        yield Due(f"bill-{bill.ref1}", bill.due_on, what, page)
    for notice in session.scalars(told_within(reach).limit(MOST)):
        if notice.state in AWAITED and notice.due_on:
            what = gettext("Answer notice %(number)s", number=notice.reference)
            page = url_for("discrepancies.show", reference=notice.reference, _external=True)
            yield Due(f"notice-{notice.reference}", notice.due_on, what, page)


def _return(one: Obligation) -> Due:
    number, month = one.registration.number, one.month
    told = {"month": show_date(month, "month"), "name": one.registration.name}
    return Due(
        key=f"return-{number}-{month:%Y-%m}",
        on=one.due_on,
        what=gettext("Send the excise return for %(month)s, %(name)s", **told),
        page=url_for("returns.basis", number=number, _external=True),
    )


def calendar_of(dues: Iterator[Due], *, host: str, at: datetime) -> bytes:
    """Write due dates as whole days, each with a reminder some days before."""
    calendar = Calendar()
    calendar.add("prodid", "-//Excise Department//Due dates//TH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", gettext("Excise tax: due dates"))
    for due in dues:
        event, alarm = Event(), Alarm()
        event.add("uid", f"{due.key}@{host}")
        event.add("dtstamp", at)
        event.add("dtstart", due.on)
        event.add("dtend", due.on + timedelta(days=1))
        event.add("summary", due.what)
        event.add("url", due.page)
        event.add("transp", "TRANSPARENT")
        alarm.add("action", "DISPLAY")
        alarm.add("description", due.what)
        alarm.add("trigger", -REMINDER)
        event.add_component(alarm)
        calendar.add_component(event)
    return bytes(calendar.to_ical())
