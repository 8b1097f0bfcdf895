"""One line for each answer that matters, and a reference that the visitor can quote."""

import logging
import re
import secrets
from typing import cast

from flask import Flask, Response, g, request

LOG = logging.getLogger("excise.web")
REFERENCE = re.compile(r"[A-Za-z0-9-]{8,64}")
_BEARER = re.compile(r"^(/account/[a-z-]+|/v/[^/]+)/.+")  # links and codes that open by themselves
_TAX_NUMBER = re.compile(
    r"(?<!\d)(\d{13}|\d{17})(?!\d)"
)  # a registration's begins with its owner's


def loggable(path: str) -> str:
    """Return an address without what no log may hold: one-time links, codes, tax numbers.

    >>> loggable("/account/reset/WyJ0b2tlbiJd.x"), loggable("/returns/new/01055680963401001/month")
    ('/account/reset/*', '/returns/new/*/month')
    """
    return _TAX_NUMBER.sub("*", _BEARER.sub(r"\1/*", path))


def request_id() -> str:
    """Return what this request is called in the log and on its error page."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(8)
    return cast(str, g.request_id)


def init_app(app: Flask, *, behind_proxy: bool) -> None:
    """Name each request and log the faults among the answers.

    Only the proxy in front may name a request: a visitor could otherwise write
    what he likes into our log.
    """

    @app.before_request
    def name() -> None:
        given = request.headers.get("X-Request-ID", "")
        if behind_proxy and REFERENCE.fullmatch(given):
            g.request_id = given

    @app.after_request
    def log(response: Response) -> Response:
        response.headers["X-Request-ID"] = request_id()
        if response.status_code >= 500:
            LOG.error(
                "%s %s %s answered %s",
                request_id(),
                request.method,
                loggable(request.path),
                response.status_code,
            )
        return response
