"""Make a backup while people work."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from heapq import merge
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import aside, audit, schema
from excise.agencies.models import Message
from excise.backup.archive import MANIFEST, Part, Writer
from excise.backup.engines import Watch, alone, dump, moment
from excise.backup.manifest import Manifest, Tally
from excise.cases.models import AnswerFile
from excise.claims.models import ClaimFile
from excise.config import Settings
from excise.db import STREAMED, Database
from excise.documents.models import Document
from excise.documents.store import make_durable
from excise.errors import Conflict, Unavailable
from excise.evidence.filing import Told, in_order
from excise.evidence.models import Delivery
from excise.payments.models import BankFile
from excise.problems.models import ProblemPicture
from excise.returns.models import Return
from excise.stock.models import StockSheet
from excise.taxpayers.models import RegistrationFile
from excise.uploads.models import Upload

# Every column that names a file of the store; a test finds the one that is forgotten.
NAMES = (
    Document.sha256,
    Delivery.content_sha256,
    Delivery.rows_sha256,
    Message.request_sha256,
    BankFile.sha256,
    AnswerFile.sha256,
    ProblemPicture.sha256,
    RegistrationFile.sha256,
    StockSheet.refused_sha256,
    ClaimFile.sha256,
    Upload.content_sha256,
    Upload.errors_sha256,
    Return.file_sha256,
)
_TOLD_MISSING = 100
_NAME = re.compile("[0-9a-f]{64}")


def backup(
    settings: Settings, database: Database, target: Path, *, at: datetime, watch: Watch
) -> Manifest:
    """Write a backup of this moment to `target`, which appears whole or not at all.

    Everything acknowledged before the call is in it. What the store should hold and
    does not is named in the manifest: one rotten file must not prevent all backups.
    Raises Conflict when there is nothing to keep or `target` is something else,
    Unavailable when the disk or PostgreSQL's programs refuse.
    """
    try:
        if not _may_replace(target):
            raise Conflict("not-a-backup", file=str(target))
        with _draft(target) as draft:
            with moment(database) as session:
                told = _facts(session, at)
                dump(session, draft / "database", watch)
                _write_lines(draft / "deliveries", map(json.dumps, _deliveries(session)))
                _write_lines(draft / "documents", _names(session))
            # Files reach the disk before what tells of them: all that is needed is there now.
            manifest = _write(settings, draft, told, at=at, watch=watch)
            (draft / "backup").replace(target)
            make_durable(target.parent)
    except OSError as error:
        raise Unavailable("disk-refused", said=str(error)) from error
    return manifest


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """Give a folder beside the target; what a killed run left there goes."""
    draft = target.with_name(f".{target.name}.draft")
    with alone(target.parent, "backup-running"):
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        try:
            yield draft
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _may_replace(target: Path) -> bool:
    """An older backup may go, nothing else."""
    if not target.exists():
        return True
    with target.open("rb") as file:
        return file.read(9) == b"database\0"


def _facts(session: Session, at: datetime) -> dict[str, object]:
    revision = schema.revision(session)
    if revision is None:
        raise Conflict("nothing-to-keep")
    known = schema.revisions()
    if revision not in known:
        raise Conflict("schema-too-new", schema=revision, newest_known=known[-1])
    end = audit.head(session)
    return {
        "made_at": at.isoformat(),
        "engine": session.get_bind().dialect.name,
        "schema": revision,
        "audit_entries": end.seq,
        "audit_hash": end.hash,
    }


def _names(session: Session) -> Iterator[str]:
    """Tell each file of the store that a row names, once and in order."""
    there = _columns(session)
    places = [(column.class_.__tablename__, column.key) for column in NAMES]
    # Rows that a step back took away stand aside, and still need their files.
    places += [(f"{aside.PREFIX}{table}", name) for table, name in places]
    each: list[sa.Select[str]] = [
        sa.select(sa.column(name, sa.Text).label("name")).select_from(sa.table(table))
        for table, name in places
        if name in there.get(table, ())
    ]
    named = sa.union(*each).subquery()
    query = sa.select(named.c.name).where(named.c.name.is_not(None)).order_by(named.c.name)
    with session.execute(query, execution_options=STREAMED) as rows:
        yield from rows.scalars()


def _deliveries(session: Session) -> Iterator[Told]:
    yield from in_order(session) if Delivery.__tablename__ in _columns(session) else ()


def _columns(session: Session) -> dict[str, set[str]]:
    """Return the columns of each table: an older schema, before its upgrade, has fewer."""
    found = sa.inspect(session.connection()).get_multi_columns()
    return {table: {column["name"] for column in each} for (_, table), each in found.items()}


def _write_lines(path: Path, lines: Iterator[str]) -> None:
    with path.open("w") as file:
        file.writelines(f"{line}\n" for line in lines)


def _write(
    settings: Settings, draft: Path, told: dict[str, object], *, at: datetime, watch: Watch
) -> Manifest:
    opened = os.open(draft / "backup", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with open(opened, "wb") as file:
        writer, tally = Writer(file, written_at=int(at.timestamp())), Tally()
        for name in ("database", "deliveries"):
            _add(writer, tally, name, draft / name)
            (draft / name).unlink()  # it may be large
        for secret in sorted((settings.data / "secrets").glob("[!.]*")):
            _add(writer, tally, f"secrets/{secret.name}", secret)
        missing = _add_documents(settings, writer, tally, draft / "documents", watch)
        manifest = Manifest(
            **told,  # type: ignore[arg-type]
            parts=tally.parts,
            documents=tally.documents,
            documents_bytes=tally.documents_bytes,
            documents_sha256=tally.documents_sha256,
            missing_count=len(missing),
            missing=missing[:_TOLD_MISSING],
        )
        (draft / "manifest").write_bytes(manifest.as_bytes())
        _add(writer, tally, MANIFEST, draft / "manifest")
        writer.end()
        file.flush()
        os.fsync(file.fileno())
    return manifest


def _add(writer: Writer, tally: Tally, name: str, path: Path) -> None:
    with path.open("rb") as source:
        size_bytes = os.fstat(source.fileno()).st_size
        tally.add(Part(name, size_bytes, writer.add(name, source, size_bytes)))


def _add_documents(
    settings: Settings, writer: Writer, tally: Tally, names: Path, watch: Watch
) -> list[str]:
    """Copy the files of the store; return what rows name and is gone or damaged.

    Also what no row names yet: a worker may have made a document, remember that it did,
    and enter it after the restore.
    """
    missing = []
    total = sum(1 for _ in _stored(settings.documents))
    with names.open() as lines:
        needed = ((line.strip(), True) for line in lines)
        there = ((name, False) for name in _stored(settings.documents))
        both = groupby(merge(needed, there), key=itemgetter(0))
        for number, (name, found) in enumerate(both, 1):
            path = settings.documents / name[:2] / name[2:]
            if _is_intact(path, name):
                _add(writer, tally, f"documents/{name[:2]}/{name[2:]}", path)
            elif any(is_needed for _, is_needed in found):
                missing.append(name)
            watch("documents", min(number, total), total)
    return missing


def _stored(store: Path) -> Iterator[str]:
    """Tell the names in the store, in order."""
    for folder in sorted(store.glob("[0-9a-f][0-9a-f]")):
        for name in sorted(folder.name + each.name for each in os.scandir(folder)):
            if _NAME.fullmatch(name):  # not what is half written
                yield name


def _is_intact(path: Path, name: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == name
    except OSError:
        return False
