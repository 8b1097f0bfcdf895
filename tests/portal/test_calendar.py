"""Due dates in the calendar of a telephone."""

from datetime import timedelta

from flask import Flask
from icalendar import Calendar

from tests.browser import Person, words
from tests.portal import scenes
from web.clock import today


def read(answer):
    assert answer.mimetype == "text/calendar"
    return [event for event in Calendar.from_ical(answer.data).walk("VEVENT")]


def test_what_is_due_and_what_will_be_is_downloaded(app: Flask, somchai: Person):
    club = scenes.night_club(app, somchai)
    somchai.sign_in()
    events = read(somchai.browser.get("/calendar/due.ics"))
    by_uid = {str(event["uid"]): event for event in events}
    month = scenes.months_ago(1)
    owed = by_uid[f"return-{club}-{month:%Y-%m}@localhost"]
    assert owed["dtstart"].dt.month == today().month
    assert owed["dtend"].dt - owed["dtstart"].dt == timedelta(days=1)
    assert f"return-{club}-{scenes.months_ago(-1):%Y-%m}@localhost" in by_uid
    [alarm] = owed.walk("VALARM")
    assert alarm["trigger"].dt == timedelta(days=-3)


def test_a_bill_stays_the_same_event_until_it_is_paid(app: Flask, somchai: Person):
    place = scenes.brewery(app, somchai)
    somchai.sign_in()
    scenes.send(somchai.browser, scenes.ready(somchai.browser, place))
    uids = [{str(e["uid"]) for e in read(somchai.browser.get("/calendar/due.ics"))}
            for _ in range(2)]  # fmt: skip
    assert uids[0] == uids[1]
    assert len([uid for uid in uids[0] if uid.startswith("bill-")]) == 1
    scenes.pay(app)
    assert read(somchai.browser.get("/calendar/due.ics")) == []


def test_a_secret_address_works_without_signing_in_until_it_is_ended(app: Flask, somchai: Person):
    scenes.night_club(app, somchai)
    somchai.sign_in()
    browser = somchai.browser
    browser.page("/calendar/")
    page = browser.submit()
    address = words(page.all("code")[0]).replace("http://localhost", "")
    visitor = app.test_client()
    assert len(read(visitor.get(address))) > 0
    page = browser.submit(button="ยุติที่อยู่นี้")
    assert visitor.get(address).status_code == 404
    assert page.all("code") == []
    assert visitor.get("/calendar/due.ics").status_code == 302
