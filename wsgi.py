"""The HTTP door.

In production each site is its own service with its own host name:
`gunicorn -c python:web.gunicorn_conf -b :8000 wsgi:portal`, `wsgi:backoffice`, `wsgi:exchange`.
On one machine `wsgi:app` answers for all three, each on its own port: paths of
one origin would let a fault on the public site read the officers' pages.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from excise import logs
from excise.config import from_environment
from excise.supervisor import count_together

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ROOMS = {"portal": "portal", "backoffice": "backoffice", "exchange": "exchange.app"}


class ByPort:
    """Let the listening socket pick the site; a forged Host header cannot."""

    def __init__(self, sites: "Mapping[int, WSGIApplication]") -> None:
        """Take the site of each port."""
        self.sites = sites

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Hand the request to the site of the port it came in by."""
        return self.sites[int(environ["SERVER_PORT"])](environ, start_response)


def load() -> None:
    """Import all three sites, without building them."""
    for room in ROOMS.values():
        import_module(room)


@cache
def site(name: str) -> "WSGIApplication":
    """Build one site, once; the rooms of the others are not even imported."""
    application: WSGIApplication = import_module(ROOMS[name]).create_app(from_environment())
    return application


def by_port() -> ByPort:
    """Build all three sites behind their ports."""
    settings = from_environment()
    return ByPort({getattr(settings, f"{name}_port"): site(name) for name in ROOMS})


def __getattr__(name: str) -> "WSGIApplication":
    """Build what the server asks for: `portal`, `backoffice`, `exchange` or `app`."""
    if name != "app" and name not in ROOMS:
        raise AttributeError(name)
    logs.set_up()
    count_together()
    return by_port() if name == "app" else site(name)
