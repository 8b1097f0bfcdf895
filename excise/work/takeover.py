"""Nothing stays half-done: the work of the dead, and what an outage left lying."""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable

import sqlalchemy as sa
from dbos import DBOSClient, WorkflowStatus

from excise.work.presence import Presences

ROUND_SECONDS = 2
LOG = logging.getLogger("excise.work")


class Keeper:
    """Looks, every other second, for work that nobody does any more, and queues it again."""

    def __init__(
        self,
        library: DBOSClient,
        held: Presences,
        name: str,
        *,
        under_way: Callable[[], set[str]],
    ) -> None:
        """Keep for the worker of that name, which holds its presence already."""
        self._library, self._held, self._name = library, held, name
        self._under_way = under_way
        self._idle: set[str] = set()
        self.is_lost = threading.Event()

    def keep(self, ending: threading.Event) -> None:
        """Go round until the worker ends; an outage is waited out."""
        while True:
            try:
                if not self._held.is_held():
                    LOG.error("presence lost", extra={"worker": self._name})
                    self.is_lost.set()
                    return
                self._go_round()
            except sa.exc.SQLAlchemyError as error:
                LOG.warning("keeper waits", extra={"error": type(error).__name__})
            if ending.wait(ROUND_SECONDS):
                return

    def _go_round(self) -> None:
        running = self._running()
        for holder in {row.executor_id or "" for row in running} - {self._name}:
            self._take_over(holder)
        self._pick_up([row for row in running if row.executor_id == self._name])

    def _pick_up(self, mine: list[WorkflowStatus]) -> None:
        """Queue again what is ours and lay idle for two rounds: a full disk broke it off."""
        idle = {row.workflow_id for row in mine} - self._under_way()
        self._queue_again(row for row in mine if row.workflow_id in idle & self._idle)
        self._idle = idle

    def _take_over(self, holder: str) -> None:
        """Queue a dead worker's work again; nobody else does so while its lock is ours."""
        if not self._held.take(holder):
            return
        try:
            left = self._running(holder)
            LOG.warning("worker is gone", extra={"worker": holder, "left": len(left)})
            self._queue_again(left)
        finally:
            self._held.release(holder)

    def _running(self, holder: str | None = None) -> list[WorkflowStatus]:
        return self._library.list_workflows(
            status="PENDING", executor_id=holder, load_input=False, load_output=False
        )

    def _queue_again(self, rows: Iterable[WorkflowStatus]) -> None:
        queues: dict[str | None, list[str]] = defaultdict(list)
        for row in rows:
            queues[row.queue_name].append(row.workflow_id)
        for queue, ids in queues.items():
            self._library.resume_workflows(ids, queue_name=queue)
