"""A backup holds what was acknowledged, and gives it back or says why not."""

import dataclasses
import hashlib
import json
import os
import random
import shutil
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from excise import audit, schema
from excise.agencies.models import Agency, Message, MessageState
from excise.backup import Damaged, backup, engines, making, restore, restoring, verify
from excise.checks import CHECKS
from excise.config import Settings
from excise.db import Database
from excise.documents.issue import enter
from excise.documents.store import Store
from excise.errors import Conflict, ExciseError, Unavailable
from excise.evidence import filing, parquet
from excise.evidence.actions import land
from excise.evidence.models import Channel
from excise.evidence.workflows import read_now
from excise.payments.files import COLUMNS, import_file
from excise.returns.models import Return
from tests import factories
from tests.excise.evidence.samples import sale
from tests.excise.places import empty_url
from tests.factories import AT
from tests.postgres import wheel

ROW = "KTB,T1,2026-11-10T10:30:00,1490.00,2569111000000001,030725691000,promptpay"


def silent(_what: str, _done: int, _total: int) -> None:
    pass


@pytest.fixture(autouse=True)
def _programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Debian's PostgreSQL the tests' own server has programs beside it."""
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:{wheel() / 'pginstall' / 'bin'}")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    folder = tmp_path / "installation"
    folder.mkdir()
    return Settings(data=folder, database_url=database_url, demo=True)


def fill(settings: Settings, database: Database) -> None:
    """One of each kind of file that the store holds, and secrets."""
    store = Store(settings.documents)
    settings.secret("verification"), settings.secret("portal-cookies")
    made = {"sha256": store.put(b"%PDF"), "size_bytes": "4", "made_at": AT.isoformat()}
    with database.transaction() as session:
        enter(session, "RC-1", "receipt", made)
        statement = "\r\n".join((",".join(COLUMNS), ROW, "")).encode()
        import_file(session, store, name="x", content=statement, actor="officer:1", at=AT)
        session.add(agency := Agency(**_agency()))
        session.flush()
        session.add(Message(**_message(agency.code, store.put(b"<Envelope/>"))))
    sales = [sale(document_no=f"INV-{number}") for number in range(3)]
    for number, told in enumerate([sales[:2], sales]):
        read_now(settings, database, _landed(settings, database, str(number), told))


def _landed(settings: Settings, database: Database, number: str, sales: list[Any]) -> str:
    with database.transaction() as session:
        done = land(
            session,
            Store(settings.documents),
            source_code="RD",
            document_no=number,
            name="sales.csv",
            content=number.encode(),
            channel=Channel.FILE,
            sales=sales,
            row_count=len(sales),
            by="officer:1",
            at=AT,
        )
        return done.delivery.receipt_no


def _agency() -> dict[str, Any]:
    names = {"code": "RD", "name_th": "กรมสรรพากร", "name_en": "Revenue Department"}
    return {**names, "rights": [], "user_name": "RD", "registered_at": AT, "sealed_password": ""}


def _message(agency: str, sha256: str) -> dict[str, Any]:
    kind = {"service": "filing", "operation": "FileReturn", "message_id": "1", "digest": ""}
    answer = {"server_message_id": "S1", "state": MessageState.ACCEPTED, "response": "<ok/>"}
    return {**kind, **answer, "agency_code": agency, "request_sha256": sha256, "received_at": AT}


def files(folder: Path) -> dict[str, bytes]:
    found = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not name.endswith(".lock")}


def take(settings: Settings, database: Database, name: str = "backup") -> Path:
    target = settings.data.parent / name
    backup(settings, database, target, at=AT, watch=silent)
    return target


@contextmanager
def new_place(settings: Settings, name: str = "new") -> Iterator[tuple[Settings, Database]]:
    """An installation that holds nothing."""
    folder = settings.data.parent / name
    with empty_url(settings.database_url, folder) as url:
        database = Database(url)
        yield dataclasses.replace(settings, data=folder, database_url=url), database
        database.close()


def faults(settings: Settings, database: Database) -> list[str]:
    found = {name: check(settings, database) for name, check in CHECKS.items()}
    return [f"{name}: {fault}" for name, fault in found.items() if fault]


def test_under_load_everything_acknowledged_before_is_restored(settings, database) -> None:
    fill(settings, database)
    with database.transaction() as session:
        owners = [
            factories.establishment(session, tax_id=factories.tax_id(number)).id
            for number in range(2)
        ]
    told: list[str] = []
    ends = threading.Event()

    def file(owner: int) -> None:
        number = 0
        while not ends.is_set():
            number += 1
            made = _document(settings, f"RC-{owner}-{number}")
            with database.transaction() as session:
                enter(session, f"RC-{owner}-{number}", "receipt", made)
                person = factories.person(session)
                subject = f"person:{person.id}"
                audit.record(session, actor="system", act="tested", subject=subject, at=AT)
            told.append(f"RC-{owner}-{number}")

    writers = [threading.Thread(target=file, args=[owner]) for owner in owners]
    for each in writers:
        each.start()
    while len(told) < 20:
        pass
    before = list(told)
    target = take(settings, database)
    while_it_ran = len(told) - len(before)
    ends.set()
    for each in writers:
        each.join()
    assert while_it_ran > 0
    with new_place(settings) as (place, restored):
        manifest = restore(place, restored, target, watch=silent)
        with restored.reading() as session:
            kept = set(session.scalars(sa.text("SELECT number FROM document")))
            assert audit.head(session).seq == manifest.audit_entries
        assert set(before) <= kept
        assert faults(place, restored) == []


def _document(settings: Settings, number: str) -> dict[str, str]:
    content = number.encode()
    sha256 = Store(settings.documents).put(content)
    return {"sha256": sha256, "size_bytes": str(len(content)), "made_at": AT.isoformat()}


def test_an_installation_comes_back_whole(settings, database) -> None:
    fill(settings, database)
    with database.transaction() as session:
        factories.filed(session)
        reference = session.scalar(sa.select(Return.reference))
    target = take(settings, database)
    assert target.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in target.parent.iterdir() if "backup" in path.name) == [
        "backup"
    ]
    with tarfile.open(target) as listed:
        assert listed.getnames()[0] == "database"
    manifest = verify(target, watch=silent)
    assert (manifest.schema, manifest.missing_count) == (schema.revisions()[-1], 0)
    with new_place(settings) as (place, restored):
        restore(place, restored, target, watch=silent)
        for folder in ("documents", "secrets", "evidence"):
            assert files(place.data / folder) == files(settings.data / folder) != {}
        assert (place.data / "secrets/verification").stat().st_mode & 0o777 == 0o600
        assert not (place.data / ".restoring").exists()
        assert faults(place, restored) == []
        with restored.transaction() as session:
            assert session.scalar(sa.select(Return.reference)) == reference
            factories.person(session)  # numbers go on
        assert schema.is_current(restored)
        with pytest.raises(Conflict, match="installation-not-empty"):
            restore(place, restored, target, watch=silent)


def test_every_file_of_the_store_is_named_by_a_column_that_backups_know(settings, database) -> None:
    fill(settings, database)
    store = {name.replace("/", "") for name in files(settings.documents)}
    with database.reading() as session:
        assert set(making._names(session)) == store
    named = {
        str(column)
        for mapper in Return.registry.mappers
        for column in mapper.columns
        if column.name.endswith("sha256")
    }
    elsewhere = {  # rows of `original`, the tariff's rules, and certificates
        *("original.sha256", "tax_return.original_sha256", "assessment.original_sha256"),
        *("match_run.rules_sha256", "agency.certificate_sha256"),
    }
    assert named - elsewhere == {f"{c.class_.__tablename__}.{c.key}" for c in making.NAMES}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_the_store_lost_is_named_and_the_rest_is_kept(settings, database) -> None:
    fill(settings, database)
    lost = hashlib.sha256(b"%PDF").hexdigest()
    (settings.documents / lost[:2] / lost[2:]).write_bytes(b"rotten")
    target = settings.data.parent / "backup"
    manifest = backup(settings, database, target, at=AT, watch=silent)
    assert (manifest.missing_count, manifest.missing) == (1, [lost])
    with new_place(settings) as (place, restored):
        restore(place, restored, target, watch=silent)
        assert faults(place, restored) == ["documents intact: RC-1: not-found"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestOnOneEngine:
    """What does not depend on the database."""

    def test_a_document_that_a_worker_has_made_and_not_entered_is_kept(self, settings, database):
        fill(settings, database)
        made = _document(settings, "RC-2")  # the worker remembers that, and does not do it again
        target = take(settings, database)
        with new_place(settings) as (place, restored):
            restore(place, restored, target, watch=silent)
            with restored.transaction() as session:
                enter(session, "RC-2", "receipt", made)
            assert faults(place, restored) == []

    def test_no_changed_byte_and_no_cut_goes_unseen(self, settings, database) -> None:
        fill(settings, database)
        target = take(settings, database)
        whole = target.read_bytes()
        chance = random.Random(4)
        places = [chance.randrange(len(whole)) for _ in range(40)]
        places += [len(whole) - 1, len(whole) - 1024, len(whole) - 1500, 0, 300]
        for place in places:
            changed = bytearray(whole)
            changed[place] ^= 1 << chance.randrange(8)
            target.write_bytes(changed)
            with pytest.raises(Damaged):
                verify(target, watch=silent)
            target.write_bytes(whole[:place])
            with pytest.raises(Damaged):
                verify(target, watch=silent)
        target.write_bytes(whole + b"\0")
        with pytest.raises(Damaged):
            verify(target, watch=silent)

    @pytest.mark.parametrize(
        "name",
        [
            "../evil",
            "/etc/evil",
            "secrets/../../evil",
            "documents/aa/../../evil",
            "secrets/.hidden",
        ],
    )
    def test_a_name_that_is_not_ours_is_refused(self, settings, tmp_path, name) -> None:
        self._refused(settings, tmp_path, [_member(name)])

    @pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, b"x"])
    def test_a_member_that_is_no_plain_file_is_refused(self, settings, tmp_path, kind) -> None:
        self._refused(settings, tmp_path, [_member("secrets/evil", kind=kind, link="/etc/passwd")])

    def test_members_twice_or_out_of_order_are_refused(self, settings, tmp_path) -> None:
        self._refused(settings, tmp_path, [_member("secrets/a"), _member("secrets/a")])
        self._refused(settings, tmp_path, [_member("deliveries"), _member("database")])

    def test_what_is_no_backup_is_refused(self, settings, tmp_path) -> None:
        for content in (b"", b"x", bytes(10_000), b"\xff" * 2000):
            self._refused(settings, tmp_path, [content], end=b"")

    def _refused(self, settings, tmp_path, parts, end=bytes(1024)) -> None:
        (tmp_path / "hostile").write_bytes(b"".join(parts) + end)
        with new_place(settings) as (place, restored):
            with pytest.raises(Damaged):
                restore(place, restored, tmp_path / "hostile", watch=silent)
            assert files(place.data) == {}
        assert not list(tmp_path.rglob("evil"))

    def test_nothing_but_an_older_backup_is_replaced(self, settings, database) -> None:
        fill(settings, database)
        take(settings, database)
        take(settings, database)
        (settings.data.parent / "letter").write_text("dear")
        with pytest.raises(Conflict, match="not-a-backup"):
            take(settings, database, "letter")
        with pytest.raises(Unavailable, match="disk-refused"):
            take(settings, database, "nowhere/backup")

    def test_an_older_schema_is_kept_and_comes_back(self, settings, database) -> None:
        fill(settings, database)
        schema.migrate(database, "0004")
        target = take(settings, database)
        assert verify(target, watch=silent).schema == "0004"
        with new_place(settings) as (place, restored):
            restore(place, restored, target, watch=silent)
            assert schema.is_current(restored)
            assert faults(place, restored) == []
            assert files(parquet.folder(place)) == files(parquet.folder(settings)) != {}

    def test_another_engine_s_backup_is_refused(self, settings, database, pg_url) -> None:
        target = take(settings, database)
        with empty_url(pg_url, settings.data) as url:
            place = dataclasses.replace(
                settings, data=settings.data.parent / "new", database_url=url
            )
            other = Database(url)
            with pytest.raises(Conflict, match="other-engine"):
                restore(place, other, target, watch=silent)
            other.close()
            assert files(place.data) == {}


class Killed(BaseException):
    """What ends a process at once."""


@pytest.mark.parametrize(
    ("database_url", "moment"),
    [
        *(("sqlite", each) for each in ("unpacked", "moving", "database", "cleaning")),
        ("postgresql", "cleaning"),
    ],
    indirect=["database_url"],
)
def test_a_restore_that_is_killed_goes_on_when_it_is_called_again(
    settings, database, monkeypatch, moment: str
) -> None:
    fill(settings, database)
    target = take(settings, database)
    remove = shutil.rmtree
    removals = iter([remove, _killed])  # of what was there before, and in the end

    def move_one(self: Path, to: Path) -> None:
        os.rename(self, to)
        if self.name == "secrets":
            raise Killed

    fill_database = "_move_file" if database.is_sqlite else "load"
    points: dict[str, tuple[Any, str, Callable[..., Any]]] = {
        "unpacked": (os, "sync", _killed),
        "moving": (Path, "rename", move_one),
        "database": (restoring, fill_database, _killed),
        "cleaning": (shutil, "rmtree", lambda *a, **more: next(removals)(*a, **more)),
    }
    with new_place(settings) as (place, restored):
        (place.data / ".restoring/secrets").mkdir(parents=True)  # killed while it unpacked
        with monkeypatch.context() as patch:
            patch.setattr(*points[moment])
            with pytest.raises(Killed):
                restore(place, restored, target, watch=silent)
        restore(place, restored, target, watch=silent)
        assert files(place.data / "documents") == files(settings.documents)
        assert not (place.data / ".restoring").exists()
        assert faults(place, restored) == []


def _killed(*_args: object, **_more: object) -> None:
    raise Killed


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_parquet_is_made_again_as_the_worker_made_it(settings, database) -> None:
    fill(settings, database)
    folder = parquet.folder(settings)
    made = files(folder)
    unread = _landed(settings, database, "9", [sale(document_no="INV-2"), sale(document_no="N")])
    stray = next(folder.glob("period=*")) / "nobody.parquet"
    shutil.copy(next(folder.glob("period=*/*.parquet")), stray)
    for _ in range(2):
        done = list(filing.rebuild(settings, filing.all_of(database)))
        assert [fault for _, fault in done] == [None] * 3
        again = files(folder)
        assert {name: content for name, content in again.items() if unread not in name} == made
    shutil.rmtree(folder)
    read_now(settings, database, unread)
    list(filing.rebuild(settings, filing.all_of(database)))
    assert files(folder).keys() == again.keys()


def test_a_program_that_is_missing_is_named_with_its_package(monkeypatch, tmp_path) -> None:
    from excise.backup import engines

    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ExciseError) as refused:
        engines._program("pg_dump", 99)
    assert refused.value.facts["package"] == "postgresql-client-99"


def _member(name: str, *, kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    header = tarfile.TarInfo(name)
    header.type, header.linkname = kind, link
    return header.tobuf(tarfile.GNU_FORMAT)


def test_a_manifest_of_a_later_format_is_not_guessed_at() -> None:
    from excise.backup.manifest import parse

    with pytest.raises(Damaged, match="backup-format"):
        parse(json.dumps({"manifest": {"format": 2}, "sha256": ""}).encode())


def test_a_program_of_postgresql_is_told_the_password_where_nobody_reads_it(tmp_path) -> None:
    program, told = tmp_path / "pg_dump", tmp_path / "told"
    program.write_text('#!/bin/sh\necho "$1 $PGPASSWORD" > "$2"\n')
    program.chmod(0o700)
    url = sa.make_url("postgresql+psycopg://ann:secret@db-1/excise?options=-c+a%3Db")
    engines._run([program, told], url, lambda: None)
    assert told.read_text() == "--dbname=postgresql://ann@db-1/excise secret\n"
