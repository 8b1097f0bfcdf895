"""Receive a long file of a bank in pieces, each in a transaction of its own."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import work
from excise.db import locked
from excise.documents.store import Store
from excise.payments.actions import BankMessage, receive_alone
from excise.payments.batches import AT_ONCE
from excise.payments.files import numbered, receive_piece
from excise.payments.models import BankFile


@work.workflow("payments.receive_file")
def receive_file(sha256: str) -> None:
    """Receive what is left of an accepted file; a repeat finds it done."""
    messages = numbered(Store(work.settings().documents).get(sha256))

    def _receive(session: Session, taken: int) -> None:
        _next_piece(session, sha256, messages, taken=taken)

    for taken in range(0, len(messages), AT_ONCE):
        work.transact(_receive, taken)
        work.tell_progress(min(taken + AT_ONCE, len(messages)), len(messages))


def _next_piece(
    session: Session, sha256: str, messages: list[tuple[int, BankMessage]], *, taken: int
) -> None:
    receive_alone(session)
    file = session.scalars(
        locked(sa.select(BankFile).where(BankFile.sha256 == sha256), BankFile)
    ).one()
    if file.taken_count == taken:
        receive_piece(session, file, messages, at=datetime.now(UTC))
