"""The examples of docs/deployment.md fit the program that they are for."""

import re
from pathlib import Path

import portal
from backoffice.evidence.forms import MOST_BYTES
from exchange.wire import MAX_BYTES
from excise.config import Settings, from_environment
from tests.journeys.conftest import ROOT

EXAMPLES = ROOT / "docs/examples/deployment"
NGINX = (EXAMPLES / "nginx.conf").read_text()
MEGABYTE = 1 << 20


class Asked(dict[str, str]):
    """An environment that remembers what was asked for."""

    def __init__(self, told: dict[str, str]) -> None:
        super().__init__(told)
        self.names: set[str] = set()

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        self.names.add(name)
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self.names.add(str(name))
        return super().__contains__(name)


def told() -> Asked:
    lines = (EXAMPLES / "environment").read_text().splitlines()
    return Asked(dict(line.split("=", 1) for line in lines if not line.startswith("#")))


def test_the_environment_names_settings_that_there_are():
    environ = told()
    settings = from_environment(environ)
    assert set(environ) - environ.names == {"WEB_CONCURRENCY"}  # web/gunicorn_conf.py
    assert settings.https
    assert f"server_name {settings.exchange_url.removeprefix('https://')};" in NGINX


def test_the_proxy_takes_a_little_more_than_we_do(settings: Settings):
    sites, files, exchange = map(int, re.findall(r"client_max_body_size (\d+)m", NGINX))
    app = portal.create_app(settings)
    assert sites == app.config["MAX_CONTENT_LENGTH"] // MEGABYTE + 1
    assert files == MOST_BYTES // MEGABYTE + 1
    assert exchange == MAX_BYTES // MEGABYTE + 1
    app.extensions["database"].close()


def test_the_proxy_is_the_one_who_closes_idle_connections():
    ours = re.search(r"keepalive = (\d+) if", Path(ROOT, "web/gunicorn_conf.py").read_text())
    theirs = set(map(int, re.findall(r"^ {8}keepalive_timeout (\d+)s", NGINX, re.MULTILINE)))
    assert ours
    assert theirs == {60}
    assert int(ours[1]) > 60
