"""Asking for work, and what still waits: all that a web process needs."""

import enum
import time
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, SQLAlchemyDatasource
from sqlalchemy import event
from sqlalchemy.orm import Session

from excise import numbering
from excise.db import Database, lock
from excise.logs import reference
from excise.work.presence import presences

QUEUE = "work"
# Letters wait apart: a mail server that is away must not hold up receipts.
MAIL = "mail"
UNFINISHED = ["PENDING", "ENQUEUED", "DELAYED"]
FAILED = ["ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_clients: WeakKeyDictionary[sa.Engine, DBOSClient] = WeakKeyDictionary()


class Priority(enum.IntEnum):
    """What goes first when much waits."""

    SOON = 1
    NORMAL = 5
    LATER = 9


def enqueue(
    session: Session, name: str, key: str, *args: Any, priority: Priority = Priority.NORMAL
) -> None:
    """Ask for a workflow once this transaction commits.

    `key` makes it happen once: the same name and key again changes nothing. The
    worker's log lines carry the `reference` of who asked.
    """
    options = {
        "queue_name": MAIL if name.startswith("mail.") else QUEUE,
        "workflow_name": name,
        "workflow_id": f"{name}:{key}",
        "priority": int(priority),
        # The one field of ours that the library hands to the running workflow.
        "authenticated_user": reference.get(),
    }
    session.flush()  # the library writes on this connection, beside the unit of work
    client(session.get_bind().engine).enqueue_in_transaction(
        session,
        options,  # type: ignore[arg-type]
        *args,
    )


def enqueue_together(
    session: Session, name: str, key: str, *args: Any, priority: Priority = Priority.NORMAL
) -> None:
    """Ask for a workflow that looks at all there is: who asks before it begins shares one.

    It must say `begin` with the same name and key before it looks.
    """
    series = _hold(session, name, key)
    turn = numbering.last(session, series) + 1
    enqueue(session, name, f"{key}:{turn}", *args, priority=priority)


def begin(session: Session, name: str, key: str) -> None:
    """Let those who ask from now on have another turn: this one may not see what they did."""
    numbering.take(session, _hold(session, name, key))


def _hold(session: Session, name: str, key: str) -> str:
    # Held to the commit: what has not committed is not seen by the turn that it asked for.
    series = f"turn:{name}:{key}"
    lock(session, series)
    return series


def client(engine: sa.Engine) -> DBOSClient:
    """Return the library's way in, one for each engine."""
    if engine not in _clients:
        _clients[engine] = DBOSClient(
            system_database_url=address(engine),
            serializer=DBOSPortableJSONSerializer(),
            lazy=True,
            retry_connection_errors=False,  # a page says 503 rather than wait
        )
        event.listen(engine, "engine_disposed", _close_client)
    return _clients[engine]


def _close_client(engine: sa.Engine) -> None:
    # On PostgreSQL it has connections of its own; they end with ours.
    if client := _clients.pop(engine, None):
        client.destroy()


def address(engine: sa.Engine) -> str:
    """Return the address of the database, for the library."""
    return engine.url.render_as_string(hide_password=False)


def migrate(database: Database) -> None:
    """Create or update the library's own tables beside ours."""
    url = address(database.engine)
    DBOS.migrate(url)
    SQLAlchemyDatasource.migrate(url)


def unfinished(database: Database) -> int:
    """Count the workflows that wait or run."""
    return len(client(database.engine).list_workflows(status=UNFINISHED, load_input=False))


def failed(database: Database) -> list[str]:
    """Return the ids of workflows that gave up."""
    rows = client(database.engine).list_workflows(status=FAILED, load_input=False)
    return [row.workflow_id for row in rows]


def workers_alive(database: Database) -> int:
    """Count the workers that run now, on all machines."""
    return presences(database).alive()


def drain(database: Database, *, limit_seconds: int = 60) -> None:
    """Wait until all work is done; raises TimeoutError when it is not in time."""
    deadline = time.monotonic() + limit_seconds
    while unfinished(database):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{unfinished(database)} workflows are unfinished")
        time.sleep(0.1)
