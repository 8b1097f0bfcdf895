"""Bring a backup back, into an installation that holds nothing yet; or only prove it."""

import dataclasses
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa

from excise import audit, schema
from excise.backup import archive
from excise.backup.archive import MANIFEST, Damaged
from excise.backup.engines import Watch, alone, is_empty, load
from excise.backup.manifest import Manifest, Tally, parse
from excise.config import Settings
from excise.db import Database
from excise.documents.store import make_durable
from excise.errors import Conflict, Unavailable
from excise.evidence.filing import Told, all_of, count, rebuild

_FOLDERS = ("secrets", "documents", "evidence")
_LONGEST_MANIFEST = 1 << 20


def verify(backup: Path, *, watch: Watch) -> Manifest:
    """Read all of a backup and compare every sum; raises Damaged when one is wrong."""
    return _read(backup, None, watch)


def restore(settings: Settings, database: Database, backup: Path, *, watch: Watch) -> Manifest:
    """Fill an empty installation from a backup, with its Parquet made anew.

    Everything is unpacked and proved in `.restoring` of the data folder; only then it is
    put into place, the database last. Interrupted before, it has changed nothing;
    interrupted after, the same call goes on. An older schema becomes the newest.
    Raises Damaged for a bad file, Conflict when something is there already or the backup is
    of another engine or a newer program.
    """
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        with alone(settings.data, "restore-running"):
            draft = settings.data / ".restoring"
            ready = draft / "ready.json"
            if ready.exists():  # interrupted while things were put into place
                manifest = _read(backup, None, watch)
                if ready.read_bytes() != manifest.as_bytes():
                    raise Conflict("restore-of-another", folder=str(draft))
            else:
                refuse_unless_empty(settings, database)
                shutil.rmtree(draft, ignore_errors=True)
                manifest = _prepare(settings, database, backup, draft, watch)
                os.sync()  # everything unpacked, at once
                nearly = draft / "ready.draft"
                nearly.write_bytes(manifest.as_bytes())
                _sync(nearly)
                nearly.rename(ready)
                make_durable(draft)
            _put_into_place(settings, database, draft, manifest, watch)
    except OSError as error:
        raise Unavailable("disk-refused", said=str(error)) from error
    return manifest


def refuse_unless_empty(settings: Settings, database: Database) -> None:
    """Raise Conflict when the installation holds anything that a restore brings."""
    there = [name for name in _FOLDERS if _has_content(settings.data / name)]
    if database.is_sqlite:
        path = _file_of(database)
        there += [each.name for each in path.parent.glob(f"{path.name}*") if _is_data(each)]
    elif not is_empty(database):
        there.append(f"PostgreSQL's {database.engine.url.database}")
    if there:
        raise Conflict("installation-not-empty", folder=str(settings.data), holds=there)


def _is_data(path: Path) -> bool:
    return not path.name.endswith(".migrate-lock")


def _has_content(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _prepare(
    settings: Settings, database: Database, backup: Path, draft: Path, watch: Watch
) -> Manifest:
    draft.mkdir(mode=0o700)
    try:
        manifest = _read(backup, draft, watch)
        engine = database.engine.dialect.name
        if manifest.engine != engine:
            raise Conflict("other-engine", backup=manifest.engine, installation=engine)
        if manifest.schema not in schema.revisions():
            newest = schema.revisions()[-1]
            raise Conflict("schema-too-new", schema=manifest.schema, newest_known=newest)
        _rebuild(dataclasses.replace(settings, data=draft), watch)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return manifest


def _rebuild(settings: Settings, watch: Watch) -> None:
    deliveries = settings.data / "deliveries"
    with deliveries.open() as lines:
        total = sum(1 for _ in lines)
    if total:
        _make_parquet(settings, _told(deliveries), total, watch)


def _make_parquet(settings: Settings, deliveries: Iterator[Told], total: int, watch: Watch) -> None:
    for done, _ in enumerate(rebuild(settings, deliveries), 1):
        watch("evidence", done, total)


def _told(deliveries: Path) -> Iterator[Told]:
    with deliveries.open() as lines:
        yield from map(json.loads, lines)


def _read(backup: Path, into: Path | None, watch: Watch) -> Manifest:
    """Go through a backup; unpack it if told where."""
    tally, told = Tally(), b""
    with backup.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        for part, content in archive.parts(file):
            if part.name == MANIFEST:
                if part.size_bytes > _LONGEST_MANIFEST:
                    raise Damaged("backup-strange", part=part.name)
                told = b"".join(content)
                continue
            if into is None:
                for _ in content:
                    watch("backup", file.tell(), size)
            else:
                _unpack(into / part.name, content)
            tally.add(part)
            watch("backup", file.tell(), size)
    manifest = parse(told)
    tally.compare(manifest)
    return manifest


def _unpack(path: Path, content: Iterator[bytes]) -> None:
    # The name is one of ours (see archive), so it cannot lead elsewhere.
    private = path.parent.name == "secrets"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700 if private else 0o777)
    mode = 0o600 if private or path.name == "database" else 0o666
    with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as file:
        _copy(content, file)


def _copy(content: Iterator[bytes], file: BinaryIO) -> None:
    for chunk in content:
        file.write(chunk)


def _put_into_place(
    settings: Settings, database: Database, draft: Path, manifest: Manifest, watch: Watch
) -> None:
    for name in _FOLDERS:
        if (draft / name).exists():
            (draft / name).rename(settings.data / name)
    make_durable(settings.data)
    if not database.is_sqlite:
        if is_empty(database):
            load(database, draft / "database", watch)
        elif not _is_loaded(database, manifest):
            raise Conflict("installation-not-empty", holds=[database.engine.url.database])
    elif (draft / "database").exists():
        _move_file(draft / "database", _file_of(database))
    if manifest.schema != schema.revisions()[-1]:
        _bring_up(settings, database, watch)
    shutil.rmtree(draft)


def _bring_up(settings: Settings, database: Database, watch: Watch) -> None:
    """Bring an older schema to the newest; deliveries that stood aside come again."""
    schema.migrate(database)
    with database.reading() as session:
        total = count(session)
    _make_parquet(settings, all_of(database), total, watch)


def _is_loaded(database: Database, manifest: Manifest) -> bool:
    end = audit.Head(manifest.audit_entries, manifest.audit_hash)
    try:
        with database.reading() as session:
            return audit.holds(session, end)
    except sa.exc.ProgrammingError:
        return False


def _file_of(database: Database) -> Path:
    return Path(str(database.engine.url.database))


def _move_file(source: Path, target: Path) -> None:
    """Rename; the database may lie on another disk than the data folder."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.stat().st_dev != target.parent.stat().st_dev:
        near = target.with_name(f".{target.name}.restoring")
        shutil.copyfile(source, near)
        _sync(near)
        source = near
    source.rename(target)
    make_durable(target.parent)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
    make_durable(path.parent)
