"""Read what has landed: work out which rows are new and file those as Parquet."""

from datetime import datetime

from sqlalchemy.orm import Session

from excise import audit, work
from excise.config import Settings
from excise.db import Database
from excise.evidence.filing import Counted, Told, file_rows, told_of
from excise.evidence.models import DeliveryState
from excise.evidence.queries import delivery


@work.workflow("evidence.read")
def read(receipt_no: str) -> None:
    """File the new rows of a delivery, then match its months; a repeat changes nothing."""
    if (told := work.transact(_told, receipt_no)) is not None:
        work.transact(_conclude, receipt_no, work.outside(_file_at_work, told))


def read_now(settings: Settings, database: Database, receipt_no: str) -> None:
    """Do here and now what the worker would do; it then finds it done."""
    with database.transaction() as session:
        told = _told(session, receipt_no)
    if told is not None:
        counted = file_rows(settings, told)
        with database.transaction() as session:
            _conclude(session, receipt_no, counted)


def _told(session: Session, receipt_no: str) -> Told | None:
    landed = delivery(session, receipt_no)
    if landed.state is DeliveryState.READ:
        return None
    return told_of(landed)


def _file_at_work(told: Told) -> Counted:
    return file_rows(work.settings(), told)


def _conclude(session: Session, receipt_no: str, counted: Counted) -> None:
    landed = delivery(session, receipt_no)
    changed = {name: counted[name] for name in ("repeated", "conflicting", "replaced")}
    at = datetime.fromisoformat(counted["read_at"])
    landed.read(**changed, at=at)
    audit.record(
        session,
        actor="system",
        act="delivery.read",
        subject=f"delivery:{receipt_no}",
        at=at,
        new=landed.new_count,
        **changed,
    )
    for period in counted["periods"]:
        asked = (period, None, f"delivery:{receipt_no}", counted["read_at"])
        work.enqueue_together(session, "matching.run", period, *asked, priority=work.Priority.SOON)
