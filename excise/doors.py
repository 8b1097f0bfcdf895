"""Around each site: every request has a name, a time, a place in the counts and one line.

Plain WSGI, so that it sees what no framework does: static files, broken requests.
"""

import logging
import re
import secrets
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from excise import metrics
from excise.logs import reference

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOG = logging.getLogger("excise.access")
ENDPOINT = "excise.endpoint"  # where a site writes into the environ which route it took
HEALTH = ("healthz", "readyz")  # asked every few seconds; only their failures are news
_NAME = re.compile(r"[A-Za-z0-9-]{8,64}")


class Door:
    """The way into one site."""

    def __init__(self, application: "WSGIApplication", site: str, *, behind_proxy: bool) -> None:
        """Stand before `application`; the proxy in front of us, if any, may name requests."""
        self._application, self._site, self._behind_proxy = application, site, behind_proxy

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> "Iterable[bytes]":
        """Answer one request; X-Request-ID tells its name."""
        name = self._name(environ)
        answer = _Answer()

        def start(status: str, headers: list[tuple[str, str]], *failed: Any) -> Any:
            answer.status = int(status[:3])
            answer.size = next((int(n) for key, n in headers if key == "Content-Length"), None)
            return start_response(status, [*headers, ("X-Request-ID", name)], *failed)

        environ[ENDPOINT] = "static" if environ["PATH_INFO"].startswith("/static/") else "none"
        began, token = time.perf_counter(), reference.set(name)
        try:
            with metrics.requests_under_way.track_inprogress():
                return self._application(environ, start)
        finally:
            self._tell(environ, answer, time.perf_counter() - began)
            reference.reset(token)

    def _name(self, environ: "WSGIEnvironment") -> str:
        # Any visitor could otherwise write what he likes into our log.
        given = environ.get("HTTP_X_REQUEST_ID", "") if self._behind_proxy else ""
        return given if _NAME.fullmatch(given) else secrets.token_hex(8)

    def _tell(self, environ: "WSGIEnvironment", answer: "_Answer", seconds: float) -> None:
        endpoint, method = environ[ENDPOINT], environ["REQUEST_METHOD"]
        metrics.request_answered(
            site=self._site,
            endpoint=endpoint,
            method=method,
            status=answer.status,
            seconds=seconds,
        )
        if endpoint in HEALTH and answer.status < 400:
            return
        fields = {
            "site": self._site,
            "endpoint": endpoint,
            "method": method if method in metrics.METHODS else "other",
            "status": answer.status,
            "ms": round(seconds * 1000, 1),
            "bytes": answer.size,
            "address": environ.get("REMOTE_ADDR"),
        }
        LOG.info("answered", extra=fields)


class _Answer:
    """What is told of the answer; 500 until the site says better."""

    status = 500
    size: int | None = None
