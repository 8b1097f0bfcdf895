"""Take a file of lines in, and put what it says into its draft."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit, work
from excise.errors import Conflict
from excise.returns.actions import open_draft, touch
from excise.returns.models import Return, ReturnLine, ReturnState
from excise.uploads.models import Upload, UploadState
from excise.uploads.queries import newest_upload

READ = "uploads.read"


def send_file(
    session: Session,
    *,
    draft_reference: str,
    person_id: int,
    submission_id: str,
    name: str,
    content_sha256: str,
    size_bytes: int,
    at: datetime,
) -> Upload:
    """Enter a file that is in the store already; its reading follows the commit.

    The same submission again is the first one. Raises NotFound, NotAllowed, AlreadyFiled,
    Conflict when the submission came before with another file.
    """
    tax_return = open_draft(session, draft_reference, person_id, at)
    earlier = session.scalar(sa.select(Upload).where(Upload.submission_id == submission_id))
    if earlier is not None:
        if (earlier.return_id, earlier.content_sha256) != (tax_return.id, content_sha256):
            raise Conflict("submission-reused")
        return earlier
    upload = Upload(
        return_id=tax_return.id,
        submission_id=submission_id,
        name=name,
        content_sha256=content_sha256,
        size_bytes=size_bytes,
        sent_at=at,
        sent_by=person_id,
    )
    session.add(upload)
    session.flush()  # the work is known by its number
    work.enqueue(session, READ, str(upload.id), upload.id, priority=work.Priority.SOON)
    return upload


def conclude(session: Session, upload_id: int, read: Mapping[str, Any], *, at: datetime) -> None:
    """Put the lines of a file into its draft, instead of those that came by file before.

    `read` is what `read_upload` of the workflow found. A draft that was sent meanwhile keeps
    its lines, and so does one for which a newer file came.
    """
    upload = session.get_one(Upload, upload_id)
    if upload.state is not UploadState.READING:
        return
    query = sa.select(Return).where(Return.id == upload.return_id)
    tax_return = session.scalars(query.with_for_update(of=Return)).one()
    upload.read_at = at
    upload.row_count, upload.repeated_count = read["row_count"], read["repeated_count"]
    upload.fault_count, upload.faults = read["fault_count"], read["faults"]
    upload.errors_sha256 = read["errors_sha256"]
    newest = newest_upload(session, tax_return.id)
    if tax_return.state is not ReturnState.DRAFT or (newest and newest.id != upload.id):
        upload.state = UploadState.OVERTAKEN
    elif upload.faults:
        upload.state = UploadState.REFUSED
    else:
        upload.state, upload.line_count = UploadState.TAKEN, len(read["lines"])
        _replace(session, tax_return, read["lines"], upload, at=at)
    audit.record(
        session,
        actor=f"person:{upload.sent_by}",
        act="upload.read",
        subject=f"return:{tax_return.draft_reference}",
        at=at,
        sha256=upload.content_sha256,
        state=upload.state.value,
        rows=upload.row_count,
        lines=upload.line_count,
    )


def _replace(
    session: Session,
    tax_return: Return,
    lines: list[dict[str, Any]],
    upload: Upload,
    *,
    at: datetime,
) -> None:
    last = _without_file(session, tax_return)
    rows = [
        {
            **line,
            "return_id": tax_return.id,
            "position": position,
            "tax_point_on": date.fromisoformat(line["tax_point_on"]),
            "first_on": date.fromisoformat(line["first_on"]),
            "changed_at": at,
            "changed_by": upload.sent_by,
        }
        for position, line in enumerate(lines, start=last + 1)
    ]
    session.execute(sa.insert(ReturnLine), rows)
    tax_return.file_sha256 = upload.content_sha256
    touch(tax_return, upload.sent_by, at)


def _without_file(session: Session, tax_return: Return) -> int:
    """Take out what came by file; return the last number that a line had."""
    of_draft = ReturnLine.return_id == tax_return.id
    last = session.scalar(sa.select(sa.func.max(ReturnLine.position)).where(of_draft)) or 0
    session.execute(sa.delete(ReturnLine).where(of_draft, ReturnLine.row_count > 0))
    session.expire(tax_return, ["lines"])
    tax_return.file_sha256 = None
    return last


def take_out(session: Session, *, draft_reference: str, person_id: int, at: datetime) -> None:
    """Take all lines that came by file out of a draft; those entered by hand stay."""
    tax_return = open_draft(session, draft_reference, person_id, at)
    _without_file(session, tax_return)
    touch(tax_return, person_id, at)
