"""Try an edition on filed returns, some at a time, without holding anything."""

import json
from datetime import date, datetime

from sqlalchemy.orm import Session

from excise import work
from excise.documents.issue import enter
from excise.documents.store import Store
from excise.tariff.schema import load
from excise.trials.queries import filed_ids, filed_returns
from excise.trials.rules import Tally

AT_ONCE = 100  # returns


@work.workflow("trials.run")
def run(key: str, number: int, text: str, since: str, until: str, at: str) -> None:
    """Work every return out again, keep the result as a document, write nothing else."""
    made = work.outside(_try, number, text, since, until, at)
    work.transact(_enter, key, made)


def _try(number: int, text: str, since: str, until: str, at: str) -> dict[str, str]:
    first, last = date.fromisoformat(since), date.fromisoformat(until)
    tally = Tally(load(text))
    with work.database().reading() as session:
        ids = filed_ids(session, since=first, until=last)
    for done in range(0, len(ids), AT_ONCE):
        work.tell_progress(done, len(ids))
        with work.database().reading() as session:
            for filed in filed_returns(session, ids[done : done + AT_ONCE]):
                tally.add(filed)
    work.tell_progress(len(ids), len(ids))
    made = tally.trial(edition=number, since=first, until=last, at=datetime.fromisoformat(at))
    content = json.dumps(made.to_json(), ensure_ascii=False, sort_keys=True).encode()
    sha256 = Store(work.settings().documents).put(content)
    return {"sha256": sha256, "size_bytes": str(len(content)), "made_at": at}


def _enter(session: Session, key: str, made: dict[str, str]) -> None:
    enter(session, f"trial:{key}", "trial", made)
