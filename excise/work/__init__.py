"""Durable work: what goes on after the commit, exactly once in the database.

`enqueue` joins the caller's transaction, so nothing starts before the commit and
nothing is forgotten after it. Workers run the workflows; each transactional step
is checkpointed in the transaction of its own effects. What a worker held when it
died is taken up by another. DBOS Transact does the most of it; no other room
knows its name.
"""

from excise.work.items import Item, State, count, counts, find, items, retry, stop
from excise.work.queue import (
    Priority,
    begin,
    drain,
    enqueue,
    enqueue_together,
    failed,
    migrate,
    unfinished,
    workers_alive,
)
from excise.work.running import (
    Hopeless,
    database,
    nightly,
    outside,
    settings,
    tell_progress,
    transact,
    worker,
    workflow,
)

__all__ = [
    "Hopeless",
    "Item",
    "Priority",
    "State",
    "begin",
    "count",
    "counts",
    "database",
    "drain",
    "enqueue",
    "enqueue_together",
    "failed",
    "find",
    "items",
    "migrate",
    "nightly",
    "outside",
    "retry",
    "settings",
    "stop",
    "tell_progress",
    "transact",
    "unfinished",
    "worker",
    "workers_alive",
    "workflow",
]
