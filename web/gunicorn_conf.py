"""How gunicorn serves the three ports: `gunicorn -c python:web.gunicorn_conf`."""

import os
import sys
from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from excise import logs
from excise.config import from_environment
from excise.supervisor import IN_MEMORY, settle


class Log(Logger):
    """Gunicorn's own words as lines like all others; who asked for what tells `excise.doors`."""

    def setup(self, cfg: Any) -> None:
        """Leave the writing to the root."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        logs.set_up()


def when_ready(_server: object) -> None:
    """Leave out of each collection what was loaded before the workers are forked."""
    settle()


def post_worker_init(_worker: object) -> None:
    """Answer for the metrics, unless another process does."""
    from excise.condition import serve_metrics  # noqa: PLC0415  # the counts want their folder first
    from excise.db import Database  # noqa: PLC0415

    serve_metrics(_settings, Database(_settings.database_url))


def child_exit(_server: object, worker: Any) -> None:
    """Forget what only a living process can tell."""
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


_settings = from_environment()

wsgi_app = "wsgi:app"
if _sockets := os.environ.get("EXCISE_SOCKETS"):  # those that `excise serve` holds open
    bind = [f"fd://{number}" for number in _sockets.split(",")]
else:
    bind = [f"{_settings.host}:{port}" for port in _settings.ports]
# Threads wait for the database together; a second processor needs a second process. Without a
# shared store (EXCISE_RATE_LIMIT_STORAGE) each process counts requests for itself.
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
workers = int(os.environ.get("WEB_CONCURRENCY", min(4, len(os.sched_getaffinity(0)))))
# A thread that asks the database lets go of the interpreter and then waits this long for one that
# computes. The usual 5 ms, at each of fifty statements, kept the only writer of SQLite from
# writing: a burst took twice as long to pass.
sys.setswitchinterval(0.0005)
preload_app = True  # who is killed is replaced at once, by a fork that has loaded everything
timeout = 60
# The proxy keeps connections open for 60 seconds; who closes first must be the proxy, else a
# request meets a connection that is just being closed.
keepalive = 75 if _settings.https else 2
graceful_timeout = 25  # a filing under way at a restart gets its answer
control_socket_disable = True  # otherwise a socket appears in the home folder
worker_tmp_dir = IN_MEMORY  # a sign of life must not need the disk

logger_class = Log
accesslog = None  # excise.doors
