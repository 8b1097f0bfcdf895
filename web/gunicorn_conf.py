"""How gunicorn serves the three ports: `gunicorn -c python:web.gunicorn_conf`."""

import os
from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from excise.config import from_environment
from web.logs import loggable


class AccessLog(Logger):
    """A line for each answer, without what opens a door or names a taxpayer."""

    def atoms(self, *args: Any) -> dict[str, Any]:
        """Return the parts of the line."""
        atoms: dict[str, Any] = super().atoms(*args)
        return atoms | {"U": loggable(atoms["U"])}


_settings = from_environment()

wsgi_app = "wsgi:app"
bind = [
    f"{_settings.host}:{port}"
    for port in (_settings.portal_port, _settings.backoffice_port, _settings.exchange_port)
]
# Threads wait for the database together. More processes than one need a shared
# store for the rate limits (EXCISE_RATE_LIMIT_STORAGE).
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
timeout = 60
graceful_timeout = 30  # a filing under way at a restart gets its answer
control_socket_disable = True  # otherwise a socket appears in the home folder

accesslog = "-"
logger_class = AccessLog
# No query string and no referrer: both can carry a tax number or a one-time link.
access_log_format = '%(h)s %(t)s "%(m)s %(U)s %(H)s" %(s)s %(B)s %(M)sms'
