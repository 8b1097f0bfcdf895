"""Bank statement files: read whole, refused whole when a single row is wrong.

CSV in UTF-8 (with or without BOM) or cp874, with the header
    bank_code,transaction_id,paid_at,amount,ref1,ref2,channel
`amount` is baht with at most two decimals; `paid_at` is ISO 8601, Bangkok time
when it names no zone. A last row TOTAL,<rows>,<sum> is checked when it is there.
"""

import csv
import hashlib
import io
import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit, work
from excise.documents.store import Store
from excise.encodings import encoding_of
from excise.errors import Invalid
from excise.money import MAX_SATANG
from excise.payments.actions import BankMessage, receive_alone
from excise.payments.batches import AT_ONCE, Occasion, changed_among, receive_all
from excise.payments.models import BankFile, BankFilePiece
from excise.periods import BANGKOK

COLUMNS = ("bank_code", "transaction_id", "paid_at", "amount", "ref1", "ref2", "channel")
MAX_ROWS = 100_000  # more would hold everybody else's payments up for minutes
_AMOUNT = re.compile(r"[0-9]{1,13}(\.[0-9]{1,2})?")
_CODE = re.compile(r"[A-Za-z0-9._/-]{1,40}")
_BANK = re.compile(r"(?!OFFICE-)[A-Za-z0-9._/-]{1,40}")  # what offices took no bank tells
_REFERENCE = re.compile(r"[A-Z0-9]{0,20}")
_BUDDHIST_YEAR = re.compile(r"2[4-9][0-9]{2}-")
_WORD = re.compile(r"[^\x00-\x1f]{0,40}")


@dataclass(frozen=True)
class RowError:
    """One thing wrong in one row; rows count from 1, the header."""

    row: int
    column: str
    code: str
    value: str


def read(content: bytes) -> list[BankMessage]:
    """Return the messages of a file; raises what `numbered` raises."""
    return [message for _, message in numbered(content)]


def numbered(content: bytes) -> list[tuple[int, BankMessage]]:
    """Return the messages of a file, each with the number of its row.

    Raises Invalid: `bank-file-encoding`, `file-broken`, `bank-file-too-long`,
    `bank-file-header`, `bank-file-empty`, `bank-file-total`,
    or `bank-file-rows` with every RowError in `errors`.
    """
    rows = _rows(_text(content))
    if not rows or tuple(cell.lower() for cell in rows[0][1]) != COLUMNS:
        raise Invalid("bank-file-header", field="file", expected=",".join(COLUMNS))
    body, total = rows[1:], None
    if body and body[-1][1][0].upper() == "TOTAL":
        body, total = body[:-1], body[-1][1]
    if not body:
        raise Invalid("bank-file-empty", field="file")
    errors: list[RowError] = []
    read_rows = [(number, _message(number, row, errors)) for number, row in body]
    if errors:
        raise Invalid("bank-file-rows", field="file", errors=errors, count=len(errors))
    messages = [(number, message) for number, message in read_rows if message is not None]
    _check_total([message for _, message in messages], total)
    return messages


def _text(content: bytes) -> str:
    if (encoding := encoding_of(content)) is None:
        raise Invalid("bank-file-encoding", field="file")
    return content.decode(encoding)


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Return the rows that are not empty, each with its place in the file."""
    found = []
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline="")), start=1):
            if number > MAX_ROWS:
                raise Invalid("bank-file-too-long", field="file", limit=f"{MAX_ROWS:,}")
            stripped = [cell.strip() for cell in row]
            if any(stripped):
                found.append((number, stripped))
    except csv.Error as error:
        raise Invalid("file-broken", field="file") from error
    return found


def _message(number: int, row: list[str], errors: list[RowError]) -> BankMessage | None:
    if len(row) != len(COLUMNS):
        errors.append(RowError(number, "", "column-count", str(len(row))))
        return None
    cells = dict(zip(COLUMNS, row, strict=True))
    found = len(errors)
    for name, pattern in _PATTERNS.items():
        if not pattern.fullmatch(cells[name]):
            errors.append(RowError(number, name, f"{name}-format", cells[name][:60]))
    paid_at = _moment(number, cells["paid_at"], errors)
    if len(errors) > found or paid_at is None:
        return None
    amount = int(Decimal(cells["amount"]).scaleb(2))
    if not 0 < amount < MAX_SATANG:
        errors.append(RowError(number, "amount", "amount-format", cells["amount"]))
        return None
    return BankMessage(
        bank_code=cells["bank_code"],
        transaction_id=cells["transaction_id"],
        paid_at=paid_at,
        amount_satang=amount,
        ref1=cells["ref1"],
        ref2=cells["ref2"],
        channel=cells["channel"],
    )


_PATTERNS = {
    "bank_code": _BANK,
    "transaction_id": _CODE,
    "amount": _AMOUNT,
    "ref1": _REFERENCE,
    "ref2": _REFERENCE,
    "channel": _WORD,
}


def _moment(number: int, text: str, errors: list[RowError]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or not 2000 <= moment.year < 2200:
        # By its digits, because a leap day of the Buddhist era need not be one of ours.
        buddhist = _BUDDHIST_YEAR.match(text) is not None
        code = "paid_at-buddhist-year" if buddhist else "paid_at-format"
        errors.append(RowError(number, "paid_at", code, text[:60]))
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=BANGKOK)


def _check_total(messages: list[BankMessage], total: list[str] | None) -> None:
    count, amount = len(messages), sum(message.amount_satang for message in messages)
    if amount >= MAX_SATANG or (total is not None and not _tells(total, count, amount)):
        raise Invalid("bank-file-total", field="file", rows=count, amount_satang=amount)


def _tells(total: list[str], count: int, amount_satang: int) -> bool:
    told = total[1:3]
    if len(told) != 2 or told[0] != str(count) or not _AMOUNT.fullmatch(told[1]):
        return False
    return int(Decimal(told[1]).scaleb(2)) == amount_satang


def import_file(
    session: Session, store: Store, *, name: str, content: bytes, actor: str, at: datetime
) -> BankFile:
    """Accept a statement file whole, or not at all; the same file again is its first answer.

    The file is kept in the store as it came. A long one is received in pieces by the worker,
    so that whoever else pays meanwhile waits for one piece at most.

    Raises Invalid as `read` does, and `bank-file-rows` when a transaction the
    bank reported before comes with another content.
    """
    messages = numbered(content)  # before the lock: reading takes its time
    store.put(content)
    digest = hashlib.sha256(content).hexdigest()
    receive_alone(session)
    if earlier := session.scalar(sa.select(BankFile).where(BankFile.sha256 == digest)):
        return earlier
    _refuse_changed(session, messages)
    file = BankFile(
        sha256=digest,
        name=name,
        imported_at=at,
        imported_by=actor,
        row_count=len(messages),
        total_satang=sum(message.amount_satang for _, message in messages),
    )
    session.add(file)
    session.flush()  # its payments point at it
    audit.record(session, actor=actor, act="bank-file.import", subject=f"bank-file:{digest}", at=at)
    if file.row_count <= AT_ONCE:
        receive_piece(session, file, messages, at=at)
    else:
        work.enqueue(session, "payments.receive_file", digest, digest)
    return file


def _refuse_changed(session: Session, messages: list[tuple[int, BankMessage]]) -> None:
    changed = changed_among(session, [message for _, message in messages])
    errors = [
        RowError(number, "transaction_id", "transaction-changed", message.transaction_id)
        for number, message in (messages[place] for place in changed)
    ]
    if errors:
        raise Invalid("bank-file-rows", field="file", errors=errors, count=len(errors))


def receive_piece(
    session: Session, file: BankFile, messages: list[tuple[int, BankMessage]], *, at: datetime
) -> None:
    """Receive the next rows of an accepted file."""
    first = file.taken_count
    piece = messages[first : first + AT_ONCE]
    occasion = Occasion(actor=file.imported_by, at=at, bank_file_id=file.id)
    changed = receive_all(session, [message for _, message in piece], occasion)
    contradicted = [
        f"{number}: {message.bank_code} {message.transaction_id}"
        for number, message in (piece[place] for place in changed)
    ]
    session.add(
        BankFilePiece(
            file=file,
            first=first,
            row_count=len(piece),
            contradicted=contradicted,
            received_at=at,
        )
    )
    session.flush()  # whoever brought it in counts its payments
    if file.is_received:
        work.enqueue_together(session, "counter.match_deposits", "files", "files")
