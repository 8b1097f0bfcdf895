"""Work as officers see it: what waits, runs, gave up; and what they may do about it."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from dbos import WorkflowStatus

from excise.db import Database
from excise.errors import Conflict, NotFound
from excise.work.queue import client


class State(enum.StrEnum):
    """Where a piece of work stands."""

    WAITING = "waiting"
    RUNNING = "running"
    FAILED = "failed"
    STOPPED = "stopped"
    DONE = "done"


_STATES = {
    "ENQUEUED": State.WAITING,
    "DELAYED": State.WAITING,
    "PENDING": State.RUNNING,
    "ERROR": State.FAILED,
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": State.FAILED,
    "CANCELLED": State.STOPPED,
    "SUCCESS": State.DONE,
}
_OPEN = (State.WAITING, State.RUNNING)
_HALTED = (State.FAILED, State.STOPPED)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One piece of work; `progress` is (done, of), `error` the kind of error that ended it."""

    id: str
    state: State
    asked_at: datetime
    began_at: datetime | None
    ended_at: datetime | None
    attempts: int
    worker: str | None
    queue: str | None
    progress: tuple[int, int] | None
    error: str | None

    @property
    def name(self) -> str:
        """The workflow's name."""
        return self.id.partition(":")[0]

    @property
    def may_be_retried(self) -> bool:
        """Tell whether it has come to a halt before its end."""
        return self.state in _HALTED

    @property
    def may_be_stopped(self) -> bool:
        """Tell whether it is still to be done."""
        return self.state in _OPEN


def items(
    database: Database, states: Sequence[State], *, limit: int, offset: int = 0
) -> list[Item]:
    """Return a page of the work in some states, the latest first."""
    rows = client(database.engine).list_workflows(
        status=[code for code, state in _STATES.items() if state in states],
        limit=limit,
        offset=offset,
        sort_desc=True,
        load_input=False,
    )
    return [_item(row) for row in rows]


def count(database: Database, states: Sequence[State], *, most: int) -> int:
    """Count the work in some states, up to `most`."""
    table = _table(database)
    codes = [code for code, state in _STATES.items() if state in states]
    rows = sa.select(sa.literal(1)).select_from(table).where(table.c.status.in_(codes))
    counted = sa.select(sa.func.count()).select_from(rows.limit(most).subquery())
    with database.reading() as session:
        return int(session.execute(counted).scalar_one())


def _table(database: Database) -> sa.TableClause:
    # The library's own; it offers no way to count.
    schema = None if database.is_sqlite else "dbos"
    name, status = sa.column("name", sa.Text), sa.column("status", sa.Text)
    created_at = sa.column("created_at", sa.BigInteger)
    return sa.table("workflow_status", name, status, created_at, schema=schema)


def find(database: Database, item_id: str) -> Item:
    """Return one piece of work; raises NotFound."""
    rows = client(database.engine).list_workflows(workflow_ids=[item_id], load_input=False)
    if not rows:
        raise NotFound(what="work", id=item_id)
    return _item(rows[0])


def counts(database: Database) -> dict[tuple[str, State], tuple[int, datetime]]:
    """Count what is not done, by name and state, each with when the oldest was asked for."""
    table = _table(database)
    name, status, created_at = table.c.name, table.c.status, table.c.created_at
    query = (
        sa.select(name, status, sa.func.count(), sa.func.min(created_at))
        .where(status != "SUCCESS")
        .group_by(name, status)
    )
    found: dict[tuple[str, State], tuple[int, datetime]] = {}
    with database.reading() as session:
        for of, code, count, since in session.execute(query):
            key, at = (of, _STATES[code]), _moment(since)
            before = found.get(key, (0, at))
            found[key] = (before[0] + count, min(before[1], at))
    return found


def retry(database: Database, item_id: str) -> None:
    """Let work that came to a halt go on from the step that failed; what was done stays.

    Raises NotFound, and Conflict when it is not at a halt.
    """
    if not find(database, item_id).may_be_retried:
        raise Conflict("work-not-halted")
    library = client(database.engine)
    queue = library.list_workflows(workflow_ids=[item_id], load_input=False)[0].queue_name
    library.rewind_workflow(
        item_id, start_step=_step_to_repeat(database, item_id), queue_name=queue
    )


def stop(database: Database, item_id: str) -> None:
    """Stop work before its next step; what is done stays, and `retry` lets it go on.

    Raises NotFound, and Conflict when there is nothing to stop.
    """
    if not find(database, item_id).may_be_stopped:
        raise Conflict("work-ended")
    client(database.engine).cancel_workflow(item_id)


def _step_to_repeat(database: Database, item_id: str) -> int:
    steps = client(database.engine).list_workflow_steps(item_id)
    failed = [step["function_id"] for step in steps if step["error"] is not None]
    return min(failed, default=max((step["function_id"] for step in steps), default=0) + 1)


def _item(row: WorkflowStatus) -> Item:
    told = (row.attributes or {}).get("progress")
    return Item(
        id=row.workflow_id,
        state=_STATES[row.status],
        asked_at=_moment(row.created_at),
        began_at=_moment(row.dequeued_at) if row.dequeued_at else None,
        ended_at=_moment(row.completed_at) if row.completed_at else None,
        attempts=row.recovery_attempts or 0,
        worker=row.executor_id,
        queue=row.queue_name,
        progress=(told[0], told[1]) if told else None,
        error=_kind_of(row.error),
    )


def _kind_of(error: Exception | None) -> str | None:
    # Only the kind: the words of an error may hold what it was about.
    return None if error is None else str(getattr(error, "name", type(error).__name__))


def _moment(milliseconds: int | None) -> datetime:
    return datetime.fromtimestamp((milliseconds or 0) / 1000, UTC)
