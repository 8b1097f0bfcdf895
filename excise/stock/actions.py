"""Save what is being typed, and send stock statements: all rows of one, or none."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit
from excise.db import lock
from excise.documents.store import Store
from excise.errors import Conflict, Invalid
from excise.evidence.actions import Kept, enter
from excise.evidence.checking import RowFault
from excise.evidence.files import keep_file
from excise.evidence.models import Channel
from excise.people.models import Person
from excise.people.rules import Right
from excise.periods import local_date
from excise.stock.accounts import LINES, StockAccount, account_of
from excise.stock.judging import MAX_ROWS, Judge
from excise.stock.models import Action, Statement, StockEntry, StockSheet
from excise.stock.queries import (
    closings,
    in_force,
    product_codes,
    sheet_of,
    statement_by_submission,
)
from excise.stock.rules import QUANTITIES, Row, added, breaks, completed, plain
from excise.taxpayers.models import Registration
from excise.taxpayers.queries import establishment

SOURCE = "OWN"
MAX_LINES = 200  # typed at one time; more come as a file


class SheetChanged(Conflict):
    """Somebody else saved lines of this account meanwhile; facts: `by` and `at`."""

    code = "stock-sheet-changed"


@dataclass(frozen=True)
class Told:
    """A file that was checked and is kept, with the rows of it that belong to the ledger."""

    kept: Kept
    rows: Sequence[Row]
    name: str


def check(
    session: Session,
    store: Store,
    source: Path,
    *,
    account: StockAccount,
    registration: Registration,
    name: str,
    at: datetime,
) -> Told:
    """Check a file of an establishment by itself and against its accounts, and keep it.

    Writes nothing to the database. Raises as `keep_file`, `evidence-rows` also for rows that
    are not theirs, that do not add up, or that do not go on as their account ended.
    """
    judge = Judge(
        account.layout,
        tax_id=registration.taxpayer.tax_id,
        registration_no=str(registration.number),
        codes=product_codes(session, registration),
    )
    kept = keep_file(store, source, account.layout, at=at, judge=judge)
    if len(judge.rows) > MAX_ROWS:
        raise Invalid("evidence-too-long", field="file", limit=f"{MAX_ROWS:,}")
    _new_entries(session, registration.id, judge.rows)
    return Told(kept, judge.rows, name)


def send(
    session: Session,
    told: Told,
    *,
    number: str,
    person_id: int,
    submission_id: str,
    at: datetime,
) -> Statement:
    """Send what was checked: a receipt number, entries in the accounts, evidence for the rules.

    The same submission and the same file are their first statement. Raises NotFound or
    NotAllowed without the right to submit, and as `check` what changed in the accounts since.
    """
    right = Right.SUBMIT
    place = establishment(session, number, person_id=person_id, right=right, on=local_date(at))
    lock(session, f"stock:{place.id}")
    if earlier := statement_by_submission(session, place.id, submission_id):
        return earlier
    landed = enter(
        session,
        told.kept,
        source_code=SOURCE,
        # One establishment's file is never another's, were every byte the same.
        document_no=f"{number}:{told.kept.content_sha256}",
        name=told.name,
        channel=Channel.FILE,
        row_count=told.kept.count,
        by=f"person:{person_id}",
        at=at,
    )
    if landed.is_repeat:
        of_delivery = Statement.delivery_id == landed.delivery.id
        return session.scalars(sa.select(Statement).where(of_delivery)).one()
    statement = Statement(
        delivery=landed.delivery,
        registration_id=place.id,
        submission_id=submission_id,
        sent_by=person_id,
        sent_at=at,
    )
    session.add(statement)
    entries = _new_entries(session, place.id, told.rows)
    statement.entry_count = len(entries)
    session.add_all(_entry(statement, row, version, place.id) for row, version in entries)
    session.flush()  # the unique key has the last word while the answer can still be another
    audit.record(
        session,
        actor=f"person:{person_id}",
        act="stock.send",
        subject=f"delivery:{landed.delivery.receipt_no}",
        at=at,
        registration=place.reference,
        entries=len(entries),
    )
    return statement


def _entry(statement: Statement, row: Row, version: int, registration_id: int) -> StockEntry:
    return StockEntry(
        statement=statement,
        registration_id=registration_id,
        form=row.form,
        product_code=row.product_code,
        day_on=row.day_on,
        version=version,
        action=Action(row.action),
        **dict(zip(QUANTITIES, row.figures, strict=True)),
    )


def _new_entries(
    session: Session, registration_id: int, rows: Iterable[Row]
) -> list[tuple[Row, int]]:
    """Return the rows that say something new, each with its version; raises `evidence-rows`."""
    by_item: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        by_item[row.form, row.product_code].append(row)
    entries: list[tuple[Row, int]] = []
    faults: list[RowFault] = []
    for form in sorted({form for form, _ in by_item}):
        items = [item for of, item in by_item if of == form]
        told = in_force(session, registration_id, form, items)
        for item in items:
            days = told.get(item, {})
            known = {day: row for day, (_, row) in days.items() if row is not None}
            new, wrong = added(by_item[form, item], known)
            faults += wrong + breaks(new, known)
            entries += _versioned(new, days, known)
    if faults:
        faults.sort(key=lambda fault: fault.row)
        raise Invalid("evidence-rows", field="file", errors=faults, count=len(faults))
    return entries


def _versioned(
    rows: Iterable[Row], days: dict[date, tuple[int, Row | None]], known: dict[date, Row]
) -> list[tuple[Row, int]]:
    versions = {day: version for day, (version, _) in days.items()}
    entries = []
    for row in rows:
        versions[row.day_on] = versions.get(row.day_on, 0) + 1
        if row.action == "A":  # what is annulled is told once more, as it was
            row = replace(known.get(row.day_on, row), place=row.place, action="A")
        entries.append((row, versions[row.day_on]))
    return entries


def save_lines(
    session: Session,
    lines: list[dict[str, str]],
    *,
    number: str,
    account: str,
    revision: int,
    person_id: int,
    at: datetime,
) -> StockSheet:
    """Keep the lines that somebody types into an account, until they are sent.

    Raises SheetChanged when another person saved since the `revision` that was seen.
    """
    sheet = _sheet(session, number, account, person_id, Right.PREPARE, at)
    if sheet.revision != revision and sheet.changed_by != person_id:
        other = session.get_one(Person, sheet.changed_by)
        raise SheetChanged(by=other.name, at=sheet.changed_at, revision=sheet.revision)
    sheet.content = {"lines": lines[:MAX_LINES]}
    _touch(sheet, person_id, at)
    return sheet


def note_refused(
    session: Session, sha256: str, *, number: str, account: str, person_id: int, at: datetime
) -> None:
    """Remember the file that was given back with remarks, for those who may send."""
    sheet = _sheet(session, number, account, person_id, Right.SUBMIT, at)
    sheet.refused_sha256 = sha256


def clear(session: Session, *, number: str, account: str, person_id: int, at: datetime) -> None:
    """Empty the sheet of an account, once its lines are sent."""
    sheet = _sheet(session, number, account, person_id, Right.SUBMIT, at)
    sheet.content, sheet.refused_sha256 = {"lines": []}, None
    _touch(sheet, person_id, at)


def forget_refused(
    session: Session, *, number: str, account: str, person_id: int, at: datetime
) -> None:
    """Forget the file that was given back, once another was taken."""
    sheet = _sheet(session, number, account, person_id, Right.SUBMIT, at)
    sheet.refused_sha256 = None


def _sheet(
    session: Session, number: str, account: str, person_id: int, right: Right, at: datetime
) -> StockSheet:
    place = establishment(session, number, person_id=person_id, right=right, on=local_date(at))
    code = account_of(place, account).code
    lock(session, f"stock:{place.id}")
    if sheet := sheet_of(session, place.id, code, for_update=True):
        return sheet
    sheet = StockSheet(registration_id=place.id, account=code, changed_at=at, changed_by=person_id)
    session.add(sheet)
    return sheet


def _touch(sheet: StockSheet, person_id: int, at: datetime) -> None:
    sheet.revision, sheet.changed_at, sheet.changed_by = sheet.revision + 1, at, person_id


def filled(
    session: Session,
    lines: Iterable[dict[str, str]],
    *,
    account: StockAccount,
    registration: Registration,
    today: date,
) -> list[dict[str, str]]:
    """Return typed lines with what the account knows itself: see `rules.completed`."""
    written = [
        {name: plain(text) if name in account.numbers else text for name, text in line.items()}
        for line in lines
    ]
    if account.layout is not LINES:
        return written
    known = closings(session, registration.id, account.form)
    return completed(written, closings=known, today=today)


def as_file(
    session: Session,
    lines: Iterable[dict[str, str]],
    *,
    account: StockAccount,
    registration: Registration,
    today: date,
) -> bytes:
    """Write typed lines, filled in, as a file in the layout of their account, one row a line."""
    said = {
        "tax_id": registration.taxpayer.tax_id,
        "registration_no": str(registration.number),
        "form": account.form,
    }
    names = [column.name for column in account.layout.heading]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, names, restval="", extrasaction="ignore")
    writer.writeheader()
    whole = filled(session, lines, account=account, registration=registration, today=today)
    writer.writerows({**line, **said} for line in whole)
    return text.getvalue().encode()
