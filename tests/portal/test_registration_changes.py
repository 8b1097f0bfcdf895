"""Changes of a registration and documents, as those who manage it and the officer meet them."""

import io
from typing import Any

import sqlalchemy as sa
from flask import Flask

from excise.taxpayers import changing
from excise.taxpayers.models import Change, Registration
from tests import factories
from tests.browser import Person, letters
from tests.portal import scenes
from tests.portal.test_registrations import apply, database, registrar
from web.clock import now, today

PROOF = b"%PDF-1.7 proof"


def pdf(content: bytes = PROOF) -> Any:
    return (io.BytesIO(content), "แผนที่.pdf")


def day() -> dict[str, str]:
    on = today()
    return {
        "effective_on-day": str(on.day),
        "effective_on-month": str(on.month),
        "effective_on-year": str(on.year + 543),
    }


def decide(app: Flask, act: str, reference: str, **facts: Any) -> None:
    with database(app).transaction() as session:
        getattr(changing, act)(
            session, reference=reference, officer_id=registrar(session).id, at=now(), **facts
        )


def test_a_move_is_sent_corrected_and_approved(app: Flask, somchai: Person) -> None:
    somchai.sign_in()
    browser, number = somchai.browser, scenes.brewery(app, somchai)
    page = browser.page(f"/registrations/{number}/change/move")
    assert "99 หมู่ 4" in page.text
    page = browser.submit({"address": "1 ถนนใหม่", **day(), "files": pdf(b"<html>")})
    assert "แผนที่.pdf" in page.said
    assert "1 ถนนใหม่" in page.text
    page = browser.submit({"files": pdf()})
    reference = page.reference
    assert "1 ถนนใหม่" in page.said
    assert "99 หมู่ 4" in page.said
    assert reference in letters(app, somchai.email)[-1]["subject"]
    kept = browser.get(page.links()["แผนที่.pdf"])
    assert (kept.data, kept.mimetype) == (PROOF, "application/octet-stream")

    decide(app, "object_to_change", reference, objections={"address": "ไม่มีตำบล"})
    page = browser.page(f"/registrations/changes/{reference}/correct")
    assert "ไม่มีตำบล" in page.said
    assert "รหัสไปรษณีย์" not in page.said
    browser.submit(address="1 ถนนใหม่ ตำบลหอรัตนไชย")
    decide(app, "approve_change", reference)
    with database(app).reading() as session:
        place = session.scalars(sa.select(Registration)).one()
        assert place.address == "1 ถนนใหม่ ตำบลหอรัตนไชย"
        shown = browser.page(f"/registrations/{place.reference}").said
    assert "99 หมู่ 4" in shown


def test_each_kind_asks_for_its_own_and_says_what_is_missing(app: Flask, somchai: Person) -> None:
    somchai.sign_in()
    browser, number = somchai.browser, scenes.brewery(app, somchai)
    for kind, missing in (("particulars", 1), ("move", 1), ("transfer", 4), ("closing", 2)):
        browser.page(f"/registrations/{number}/change/{kind}")
        assert len(browser.submit().errors) == missing, kind
    browser.page(f"/registrations/{number}/change/particulars")
    page = browser.submit({"duty_groups": ["1101"], **day()})
    assert "ไม่เลือกบริการ" in page.said
    page = browser.submit({"duty_groups": ["7001"], "phone": "", **day()})
    assert "โทรศัพท์" in page.said


def test_a_closing_is_shown_with_its_last_day(app: Flask, somchai: Person) -> None:
    somchai.sign_in()
    browser, number = somchai.browser, scenes.night_club(app, somchai)
    browser.page(f"/registrations/{number}/change/closing")
    reference = browser.submit({"reason": "หมดสัญญาเช่า", **day()}).reference
    decide(app, "approve_change", reference)
    with database(app).reading() as session:
        place = session.scalars(sa.select(Change)).one().registration.reference
    page = browser.page(f"/registrations/{place}")
    assert "สิ้นสุด" in page.said
    assert not any("/change/" in link for link in page.links().values())


def test_documents_are_added_to_an_application_and_come_back(app: Flask, somchai: Person) -> None:
    somchai.sign_in()
    browser = somchai.browser
    reference = apply(browser)
    browser.page(f"/registrations/{reference}/documents")
    assert browser.submit().errors
    page = browser.submit({"files": pdf()})
    assert browser.get(page.links()["แผนที่.pdf"]).data == PROOF
    with database(app).transaction() as session:
        assert factories.officer(session, office="100100")
