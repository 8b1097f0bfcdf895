"""The exchange on a real socket, with a few agencies that may call it."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from exchange.app import create_app
from exchange.clients.excise import Caller, Service, connect
from excise.agencies.actions import Entry, register, renew_password
from excise.agencies.rules import RIGHTS
from excise.config import Settings
from excise.db import Database

NOW = datetime(2026, 11, 10, 3, 30, tzinfo=UTC)


@dataclass
class Door:
    """A running exchange: RD may everything but pay, KTB may pay, MUTE may nothing."""

    settings: Settings
    database: Database
    passwords: dict[str, str]

    @property
    def url(self) -> str:
        return self.settings.exchange_url

    def agency(
        self, code: str, *, rights: list[str] | None = None, certificate: str | None = None
    ) -> str:
        """Register an agency; return its password."""
        entry = Entry(
            code=code,
            name_th="หน่วยงานตัวอย่าง",
            name_en="Sample agency",
            rights=list(RIGHTS) if rights is None else rights,
            certificate_sha256=certificate,
        )
        key = self.settings.secret("agencies")
        with self.database.transaction() as session:
            register(session, entry, actor="terminal", at=NOW)
            password = renew_password(session, code, key=key, actor="terminal", at=NOW)
        self.passwords[code] = password
        return password

    def caller(self, code: str, **changes: object) -> Caller:
        return Caller(agency=code, password=self.passwords[code], **changes)

    def service(self, name: str, *, by: str = "RD", version: str = "1.1") -> Service:
        return connect(name, self.url, self.caller(by), version=version)


@contextmanager
def opened(url: str, folder: Path) -> Iterator[Door]:
    """Serve the exchange on a database for as long as the block lasts."""
    server = make_server("127.0.0.1", 0, lambda *_: [b""], threaded=True)
    settings = Settings(
        data=folder, database_url=url, exchange_url=f"http://127.0.0.1:{server.server_port}"
    )
    server.app = create_app(settings)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    door = Door(settings, Database(url), {})
    door.agency("RD")
    door.agency("KTB")
    door.agency("MUTE", rights=[])
    try:
        yield door
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        server.app.extensions["database"].close()
        door.database.close()


@pytest.fixture(scope="session")
def door(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """One exchange for all tests that leave other tests' rows alone."""
    folder = tmp_path_factory.mktemp("exchange")
    shutil.copy(sqlite_template, folder / "excise.db")
    with opened(f"sqlite:///{folder}/excise.db", folder) as door:
        yield door
