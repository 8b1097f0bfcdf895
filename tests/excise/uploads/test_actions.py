"""What becomes of a draft when a file is sent for it."""

import json
from datetime import date

import pytest
import sqlalchemy as sa

from excise.documents.models import Original
from excise.errors import Conflict
from excise.returns.actions import LineOfFile, remove_line
from excise.returns.models import DeclaredLine, ReturnLine
from excise.uploads.actions import conclude, send_file, take_out
from excise.uploads.models import UploadState
from tests import factories
from tests.factories import AT, MONTH


@pytest.fixture
def draft(session):
    return factories.draft(session, day=MONTH)


@pytest.fixture
def send(session, draft):
    """Send a file of some lines of the beer, without what reads it."""

    def send(*quantities: int, faults=None, submission: str = "", sha256: str = "a" * 64):
        upload = send_file(
            session,
            draft_reference=draft.draft_reference,
            person_id=draft.created_by,
            submission_id=submission or factories.fresh("file"),
            name="lines.csv",
            content_sha256=sha256,
            size_bytes=1,
            at=AT,
        )
        lines = [
            {
                "product_id": draft.lines[0].product_id if draft.lines else 1,
                "first_on": "2026-10-01",
                "tax_point_on": "2026-10-31",
                "units": quantity * 10_000,
                "receipts_satang": None,
                "measures": {},
                "row_count": 2,
            }
            for quantity in quantities
        ]
        counted = {
            "row_count": 2 * len(lines),
            "repeated_count": 0,
            "fault_count": len(faults or ()),
        }
        send.read = {**counted, "faults": faults or {}, "errors_sha256": None, "lines": lines}
        return upload

    return send


def units(draft) -> list[int]:
    return [line.units // 10_000 for line in draft.lines]


def test_a_new_file_replaces_what_came_by_file_and_nothing_else(session, draft, send):
    conclude(session, send(5, 6).id, send.read, at=AT)
    assert units(draft) == [1000, 5, 6]
    conclude(session, send(7).id, send.read, at=AT)
    assert (units(draft), draft.lines_done) == ([1000, 7], False)


def test_the_same_submission_again_is_the_first_one(session, send):
    first = send(5, submission="s")
    assert send(5, submission="s").id == first.id
    with pytest.raises(Conflict, match="submission-reused"):
        send(5, submission="s", sha256="b" * 64)


def test_a_file_with_faults_leaves_every_line_as_it_was(session, draft, send):
    conclude(session, send(5).id, send.read, at=AT)
    upload = send(6, faults={"rows": [{"row": 2}]})
    conclude(session, upload.id, send.read, at=AT)
    assert (upload.state, units(draft)) == (UploadState.REFUSED, [1000, 5])


def test_an_older_file_that_is_read_later_is_not_taken(session, draft, send):
    older = send(5)
    read = send.read
    conclude(session, send(6).id, send.read, at=AT)
    conclude(session, older.id, read, at=AT)
    assert (older.state, units(draft)) == (UploadState.OVERTAKEN, [1000, 6])


def test_a_file_that_comes_after_sending_changes_nothing(session, draft, send):
    upload = send(5)
    factories.file(session, draft)
    conclude(session, upload.id, send.read, at=AT)
    assert (upload.state, units(draft)) == (UploadState.OVERTAKEN, [1000])


def test_a_line_of_a_file_is_changed_in_the_file_only(session, draft, send):
    conclude(session, send(5).id, send.read, at=AT)
    told = {"draft_reference": draft.draft_reference, "person_id": draft.created_by, "at": AT}
    position = draft.lines[1].position
    with pytest.raises(LineOfFile):
        remove_line(session, position=position, **told)
    with pytest.raises(LineOfFile):
        factories.line(session, draft, draft.lines[1].product, position=position)
    take_out(session, **told)
    assert (units(draft), draft.file_sha256) == ([1000], None)


def test_the_original_names_the_file_and_the_rows_behind_each_line(session, draft, send):
    conclude(session, send(5).id, send.read, at=AT)
    factories.finished(session, draft)
    filed = factories.file(session, draft)
    content = json.loads(session.get_one(Original, filed.original_sha256).content)
    assert content["file_sha256"] == "a" * 64
    assert [line.get("rows") for line in content["lines"]] == [None, 2]
    declared = session.scalars(sa.select(DeclaredLine.tax_point_on)).all()
    assert declared[1] == date(2026, 10, 31)


def test_a_receipt_of_very_many_lines_says_what_each_product_comes_to(session, draft, send):
    conclude(session, send(*range(1, 60)).id, send.read, at=AT)
    factories.finished(session, draft)
    filed = factories.file(session, draft)
    [line] = factories.bill(session, filed).particulars["lines"]
    assert line["base"].startswith("2,770")
    assert "60" in line["text_th"]


def test_a_draft_that_is_thrown_away_takes_its_files_along(session, draft, send):
    conclude(session, send(5).id, send.read, at=AT)
    session.delete(draft)
    session.flush()
    assert session.scalars(sa.select(ReturnLine)).all() == []
