"""The operator's pages: what waits, runs and gave up, and what can be done about it."""

import re

import pytest
import sqlalchemy as sa

from backoffice.work.words import KINDS
from excise import work
from excise.audit import AuditEntry
from excise.config import ROOT
from excise.work import State
from tests.browser import hire
from tests.excise import work_to_do
from tests.journeys.conftest import wait_for

assert work_to_do.guarded


@pytest.fixture
def operator(app):
    operator = hire(app, "operator@office.example.org", "operator")
    operator.sign_in()
    return operator.browser


@pytest.fixture
def database(app):
    return app.extensions["database"]


def enqueue(database, name, key, *args):
    with database.transaction() as session:
        work.enqueue(session, name, key, *args)


def test_failed_work_is_shown_and_goes_on_when_the_operator_says_so(
    app, database, operator, tmp_path
):
    file = tmp_path / "needed"
    with work.worker(app.extensions["settings"], database):
        enqueue(database, "test.guarded", "2026/10:a", str(file))
        item = "test.guarded:2026/10:a"
        wait_for(lambda: work.find(database, item).state is State.FAILED, seconds=20)
        page = operator.page("/work/")
        assert "ตัวประมวลผลที่ทำงานอยู่ขณะนี้: 1" in page.said
        page = operator.follow("2026/10:a")
        assert "Refused" in page.said
        assert "1 จาก 2" in page.said
        file.touch()
        page = operator.submit()
        assert "งานจะดำเนินต่อในอีกสักครู่" in page.said
        wait_for(lambda: work.find(database, item).state is State.DONE, seconds=20)
    assert "2026/10:a" in operator.page("/work/?state=done").said
    with database.reading() as session:
        entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.act == "work.retry")).one()
    assert entry.subject == f"work:{item}"


def test_waiting_work_can_be_stopped(database, operator):
    enqueue(database, "matching.run", "2026-10:x", "2026-10-01", None, "test", "2026-11-01T00:00Z")
    page = operator.page("/work/")
    assert "ขณะนี้ไม่มีตัวประมวลผลทำงานอยู่" in page.said
    assert "การเปรียบเทียบรายเดือน" in page.said
    operator.follow("2026-10:x")
    operator.submit()
    assert work.find(database, "matching.run:2026-10:x").state is State.STOPPED
    stopped = operator.post(
        "/work/matching.run:2026-10:x/stop", data={"csrf_token": token(operator)}
    )
    assert stopped.status_code == 409
    operator.page("/work/nothing:here", status=404)


def token(browser):
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.last.text)[1]


def test_other_officers_do_not_see_it(app):
    auditor = hire(app, "auditor@office.example.org", "auditor")
    auditor.sign_in()
    assert "งานของระบบ" not in auditor.browser.page("/").text
    auditor.browser.page("/work/", status=403)


def test_every_kind_of_work_has_its_words():
    declared = r'(?:work\.workflow|work\.nightly|READ =)[( ]\s*"([a-z]+\.[a-z._]+)"'
    texts = [path.read_text() for path in (ROOT / "excise").rglob("*.py")]
    assert {name for text in texts for name in re.findall(declared, text)} == set(KINDS)
