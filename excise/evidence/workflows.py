"""Read what has landed: work out which rows are new and file those as Parquet."""

from datetime import datetime

from sqlalchemy.orm import Session

from excise import audit, work
from excise.config import Settings
from excise.db import Database
from excise.evidence.filing import Counted, Told, file_rows, told_of
from excise.evidence.models import DeliveryState
from excise.evidence.queries import delivery, messages_waiting

TOGETHER = 500


@work.workflow("evidence.read")
def read(receipt_no: str) -> None:
    """File the new rows of a delivery, then match its months; a repeat changes nothing."""
    if (told := work.transact(_told, receipt_no)) is not None:
        work.transact(_conclude, work.outside(_file_at_work, [told]))


@work.workflow("evidence.read_messages")
def read_messages(layout: str) -> None:
    """The same for all messages in a layout that wait."""
    if told := work.transact(_told_of_messages, layout):
        work.transact(_conclude, work.outside(_file_at_work, told))


def read_now(settings: Settings, database: Database, receipt_no: str) -> None:
    """Do here and now what the worker would do; it then finds it done."""
    with database.transaction() as session:
        told = _told(session, receipt_no)
    if told is not None:
        counted = file_rows(settings, [told])
        with database.transaction() as session:
            _conclude(session, counted)


def _told(session: Session, receipt_no: str) -> Told | None:
    landed = delivery(session, receipt_no)
    if landed.state is DeliveryState.READ or landed.filed_with is not None:
        return None
    return told_of(landed)


def _told_of_messages(session: Session, layout: str) -> list[Told]:
    """Take the messages that wait, so that nobody else files them."""
    work.begin(session, "evidence.read_messages", layout)
    waiting = messages_waiting(session, layout, limit=TOGETHER + 1)
    taken = waiting[:TOGETHER]
    for landed in taken:
        landed.filed_with = taken[0].receipt_no
    if len(waiting) > TOGETHER:
        soon = work.Priority.SOON
        work.enqueue_together(session, "evidence.read_messages", layout, layout, priority=soon)
    return [told_of(landed) for landed in taken]


def _file_at_work(together: list[Told]) -> Counted:
    return file_rows(work.settings(), together, watch=work.tell_progress)


def _conclude(session: Session, counted: Counted) -> None:
    at = datetime.fromisoformat(counted["read_at"])
    for receipt_no, counts in counted["of"].items():
        landed = delivery(session, receipt_no)
        landed.read(**counts, at=at)
        audit.record(
            session,
            actor="system",
            act="delivery.read",
            subject=f"delivery:{receipt_no}",
            at=at,
            new=landed.new_count,
            **counts,
        )
    first = next(iter(counted["of"]))
    for period in counted["periods"]:
        asked = (period, None, f"delivery:{first}", counted["read_at"])
        work.enqueue_together(session, "matching.run", period, *asked, priority=work.Priority.SOON)
