"""Ask for a trial."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from excise import audit, work
from excise.periods import local_date
from excise.tariff.queries import edition
from excise.tariff.schema import load


def ask(
    session: Session, *, number: int, since: date, until: date, officer_id: int, at: datetime
) -> str:
    """Let an edition be tried on the returns of the months from `since` to `until`; return its key.

    It is tried as it is now; the same text and months on the same day are one trial. Raises
    Invalid when the text has faults.
    """
    text = edition(session, number).text
    tried = load(text)
    since, until = since.replace(day=1), until.replace(day=1)
    key = f"{number}-{tried.digest[:12]}-{since}-{until}-{local_date(at)}"
    # The text itself travels: the draft may change before a worker comes to it.
    work.enqueue(
        session,
        "trials.run",
        key,
        *(key, number, text, since.isoformat(), until.isoformat(), at.isoformat()),
        priority=work.Priority.LATER,
    )
    audit.record(
        session,
        actor=f"officer:{officer_id}",
        act="tariff.try",
        subject=f"edition:{number}",
        at=at,
        sha256=tried.digest,
        since=since.isoformat(),
        until=until.isoformat(),
    )
    return key
