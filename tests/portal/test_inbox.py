"""The inbox of a demonstration."""

from dataclasses import replace
from email.message import EmailMessage

import portal
from excise.config import Settings
from tests.browser import Browser


def drop(settings: Settings, name: str, subject: str, body: str) -> None:
    mail = EmailMessage()
    mail["To"], mail["Subject"] = "somchai@example.com", subject
    mail["Date"] = "Mon, 23 Nov 2026 11:00:00 +0000"
    mail.set_content(body)
    settings.inbox.mkdir(exist_ok=True)
    (settings.inbox / f"{name}.eml").write_bytes(mail.as_bytes())


def test_letters_are_listed_newest_first_with_working_links(settings: Settings) -> None:
    drop(settings, "2026-11-23T100000-a", "เรื่องแรก", "ก")
    drop(
        settings, "2026-11-23T110000-b", "ยืนยันอีเมล", "เปิด:\n\nhttp://localhost/contact\n\n<script>"
    )
    browser = Browser(portal.create_app(settings))
    page = browser.page("/inbox/")
    subjects = [text for text in page.links() if text in ("เรื่องแรก", "ยืนยันอีเมล")]
    assert subjects == ["ยืนยันอีเมล", "เรื่องแรก"]
    page = browser.follow("ยืนยันอีเมล")
    assert page.links()["http://localhost/contact"] == "http://localhost/contact"
    assert "<script>" in page.said, "shown, not run"


def test_real_letters_are_never_shown(settings: Settings) -> None:
    drop(settings, "a", "x", "x")
    for real in (replace(settings, demo=False), replace(settings, smtp_url="smtp://localhost")):
        client = portal.create_app(real).test_client()
        assert client.get("/inbox/").status_code == 404
        assert client.get("/inbox/a").status_code == 404


def test_no_name_leads_out_of_the_inbox(settings: Settings) -> None:
    drop(settings, "a", "x", "x")
    (settings.data / "b.eml").write_text("Subject: secret\n\nsecret")
    client = portal.create_app(settings).test_client()
    for name in ("..%2Fb", "%2e%2e/b", "b", "../b"):
        assert client.get(f"/inbox/{name}").status_code == 404
