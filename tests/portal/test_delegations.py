"""Who may act, as the owner and the invited see it."""

import pytest
from flask import Flask

from tests.browser import Person, enrol, letters
from tests.portal import scenes


@pytest.fixture
def place(app: Flask, somchai: Person) -> str:
    number = scenes.brewery(app, somchai)
    somchai.sign_in()
    return number


@pytest.fixture
def deputy(app: Flask) -> Person:
    deputy = enrol(app, "deputy@example.com", "สมหญิง ช่วยงาน")
    deputy.sign_in()
    return deputy


def invite(owner: Person, **entered):
    page = owner.browser.page("/delegations/")
    path = next(link for link in page.links().values() if link.startswith("/delegations/new/"))
    owner.browser.page(path)
    return owner.browser.submit({"email": "deputy@example.com"} | entered)


def accept(deputy: Person):
    page = deputy.browser.page("/")
    path = next(link for link in page.links().values() if "/invitations/" in link)
    deputy.browser.page(path)
    return deputy.browser.submit(button="ตอบรับ")


def test_an_invited_person_accepts_and_acts(app, somchai, place, deputy):
    page = invite(somchai, rights=["prepare", "submit"])
    assert "deputy@example.com" in page.said
    scenes.work_off(app)
    [letter] = letters(app, "deputy@example.com")
    assert "/delegations/" in letter["body"]
    page = accept(deputy)
    assert "จัดทำแบบ" in page.said
    sent = scenes.send(deputy.browser, scenes.ready(deputy.browser, place))
    assert sent.reference.startswith("PS0307-")
    assert "สมหญิง ช่วยงาน" in somchai.browser.page("/delegations/").said


def test_who_opens_an_account_later_finds_the_invitation(app, somchai, place):
    invite(somchai)
    deputy = enrol(app, "deputy@example.com")
    deputy.sign_in()
    accept(deputy)
    deputy.browser.page("/registrations/")
    assert place in deputy.browser.page("/registrations/").said


def test_a_change_and_an_end_work_on_the_next_request(app, somchai, place, deputy):
    invite(somchai, rights=["prepare"])
    accept(deputy)
    draft = scenes.begin_removal(deputy.browser, place)
    links = somchai.browser.page("/delegations/").links().values()
    changes = [link for link in links if link.endswith("/change")]
    somchai.browser.page(changes[-1])
    somchai.browser.submit(rights=[])
    deputy.browser.page(f"/returns/new/{place}", status=403)
    ends = [link for link in somchai.browser.page("/delegations/").links().values()
            if link.endswith("/end")]  # fmt: skip
    somchai.browser.page(ends[-2])  # the last leads to the owner's own
    somchai.browser.submit()
    deputy.browser.page(f"/returns/{draft}", status=404)


def test_the_owner_cannot_leave_a_business_without_anybody(somchai, place):
    links = somchai.browser.page("/delegations/").links().values()
    somchai.browser.page(next(link for link in links if link.endswith("/end")))
    page = somchai.browser.submit()
    assert "ไม่มีผู้กำหนดสิทธิ" in " ".join(page.errors)


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(somchai, place):
    page = invite(somchai, email="not an address", rights=["pay"])
    assert page.errors
    assert [item.get("value") for item in page.all("input") if "checked" in item.attrib] == ["pay"]
    page = invite(somchai, rights=["manage"], **{"until-day": "1", "until-month": "1",
                                                 "until-year": "2580"})  # fmt: skip
    assert page.errors


def test_an_invitation_is_declined_or_withdrawn(app, somchai, place, deputy):
    invite(somchai)
    page = deputy.browser.page("/delegations/")
    deputy.browser.page(next(x for x in page.links().values() if "/invitations/" in x))
    deputy.browser.submit(button="ปฏิเสธ")
    assert "เชิญ" not in [x for x in deputy.browser.page("/").links()]
    invite(somchai)
    page = somchai.browser.page("/delegations/")
    somchai.browser.page(next(x for x in page.links().values() if x.endswith("/withdraw")))
    somchai.browser.submit()
    assert not [x for x in deputy.browser.page("/").links().values() if "/invitations/" in x]
