"""Lines by file, as a taxpayer without JavaScript sees it."""

import io

import pytest
import sqlalchemy as sa
from flask import Flask

from excise.returns.models import Return
from tests import factories
from tests.browser import Person
from tests.portal import scenes
from web.clock import now

BEER = "เบียร์ตัวอย่าง"


@pytest.fixture
def draft(app: Flask, somchai: Person) -> str:
    number = scenes.brewery(app, somchai, gtin=scenes.GTIN)
    somchai.sign_in()
    return scenes.ready(somchai.browser, number)


def rows(*lines: str) -> tuple[io.BytesIO, str]:
    head = "เลขอ้างอิงรายการ,สินค้าหรือบริการ,ปริมาณ"
    return io.BytesIO("\r\n".join((head, *lines)).encode("cp874")), "รายการ.csv"


def send(somchai: Person, draft: str, *lines: str):
    somchai.browser.page(f"/returns/{draft}/file")
    return somchai.browser.submit(file=rows(*lines))


def test_a_file_is_read_after_it_was_sent_and_its_lines_stand_beside_the_others(
    app: Flask, somchai: Person, draft: str
) -> None:
    page = send(somchai, draft, f"1,{BEER},๑๐๐", f"2,{scenes.GTIN},200")
    assert "กำลังอ่าน" in page.said
    assert [item.get("http-equiv") for item in page.all("meta")].count("refresh") == 1
    scenes.work_off(app)
    assert "2 แถว" in somchai.browser.page(f"/returns/{draft}/file").said
    page = somchai.browser.page(f"/returns/{draft}/lines")
    assert "300" in page.said
    assert f"/returns/{draft}/lines/2/remove" not in page.links().values()
    somchai.browser.page(f"/returns/{draft}/lines/2")
    assert "นำเข้าด้วยไฟล์" in somchai.browser.submit(units="5").errors[0]
    somchai.browser.page(f"/returns/{draft}/file/remove")
    assert "300" not in somchai.browser.submit().said


def test_what_is_wrong_is_shown_by_row_and_comes_back_as_a_file(
    app: Flask, somchai: Person, draft: str
) -> None:
    send(somchai, draft, f"1,{BEER},100", "2,น้ำเปล่า,5")
    scenes.work_off(app)
    page = somchai.browser.page(f"/returns/{draft}/file")
    assert "น้ำเปล่า" in page.said
    errors = somchai.browser.quiet(f"/returns/{draft}/file/errors.csv").text
    assert errors.splitlines()[1].startswith("2,น้ำเปล่า,5,")
    template = somchai.browser.quiet(f"/returns/{draft}/file/template.csv")
    assert scenes.GTIN in template.text or BEER in template.text


def test_the_pages_of_a_draft_ask_no_more_of_the_database_for_more_lines(
    app: Flask, somchai: Person, draft: str
) -> None:
    asked = []
    engine = app.extensions["database"].engine
    sa.event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))

    def counts() -> list[int]:
        found = []
        for page in ("", "/lines", "/calculation", "/check"):
            asked.clear()
            somchai.browser.page(f"/returns/{draft}{page}")
            found.append(len(asked))
        return found

    counts()  # the first one asks for what is kept afterwards
    few = counts()
    with scenes.database(app).transaction() as session:
        one = session.scalars(sa.select(Return)).one()
        for _ in range(30):
            factories.line(session, one, one.lines[0].product, quantity=7, at=now())
        one.lines_done = True
    assert counts() == few
    assert "26." in somchai.browser.page(f"/returns/{draft}/lines?page=2").said
