"""The page about the calendar, the file itself, and its secret address."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from excise.people.actions import end_calendar_address, make_calendar_address
from excise.people.models import CalendarAddress
from excise.people.queries import person_of_calendar
from excise.taxpayers.queries import reach_of
from portal.calendar.dates import calendar_of, due_dates
from web.access import person_id
from web.clock import now, today
from web.db import reading, transaction
from web.fields import BaseForm
from web.i18n import language
from web.tariff import tariff_now

bp = Blueprint("calendar", __name__, url_prefix="/calendar")


@bp.route("/", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """Offer the file and a secret address; make an address, or let it no longer work."""
    form = BaseForm()
    if form.validate_on_submit():
        act = end_calendar_address if "end" in request.form else make_calendar_address
        with transaction() as session:
            act(session, person_id=person_id(), at=now())
        return redirect(url_for(".index"), 303)
    standing = reading().get(CalendarAddress, person_id())
    address = None
    if standing:
        address = url_for(".subscribed", token=standing.token, lang=language(), _external=True)
    return render_template("portal/calendar/index.html", form=form, address=address)


@bp.get("/due.ics")
def download() -> ResponseReturnValue:
    """Hand out the due dates of who is signed in."""
    return _file(person_id(), "attachment")


@bp.get("/<token>/due.ics")
def subscribed(token: str) -> ResponseReturnValue:
    """Hand out the due dates of whose secret address it is."""
    return _file(person_of_calendar(reading(), token), "inline")


def _file(whose: int, disposition: str) -> Response:
    reach = reach_of(reading(), whose, on=today())
    dues = due_dates(reading(), tariff_now(), reach, today=today())
    host = urlsplit(url_for("home.index", _external=True)).hostname or "excise"
    return Response(
        calendar_of(dues, host=host, at=now()),
        mimetype="text/calendar",
        headers={
            "Content-Disposition": f'{disposition}; filename="excise-due-dates.ics"',
            "Cache-Control": "private, no-store",
        },
    )
