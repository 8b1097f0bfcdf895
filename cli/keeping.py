"""Keep everything in one file, bring it back, make again what can be made again."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.service import check
from cli.terminal import FILE, fail, open_database
from excise.config import from_environment
from excise.errors import ExciseError

if TYPE_CHECKING:
    from excise.backup import Manifest

ADVICE = {
    "backup-changed": "The file is not as it was written. Take another backup.",
    "backup-damaged": "The file cannot be relied on. Take another backup.",
    "backup-format": "A newer program wrote the backup. Install that one, or a later one.",
    "backup-strange": "This is no backup of ours, or it was changed. Take another backup.",
    "backup-truncated": "The file ends too early: it was cut off. Take another backup.",
    "backup-running": "Another backup is being written into this folder.",
    "disk-refused": "The disk refuses. Make room or name another place, then run it again.",
    "installation-not-empty": "A restore needs an empty installation. Set EXCISE_DATA to a new"
    " folder (and EXCISE_DATABASE_URL to a new database: createdb NAME), or move away what"
    " is there. Nothing was changed.",
    "not-a-backup": "There is another kind of file under this name. Choose another name.",
    "nothing-to-keep": "The database is empty. Is EXCISE_DATA right? Else: excise migrate",
    "other-engine": "The backup is of the other engine. Set EXCISE_DATABASE_URL accordingly.",
    "program-failed": "PostgreSQL's program failed, see below. Then run the same again.",
    "program-missing": "apt-get install the package named below, or put its programs on PATH.",
    "restore-of-another": "An interrupted restore of another backup lies there. Run that one"
    " again, or remove the folder named below to give it up.",
    "restore-running": "Another restore is running into this folder.",
    "source-shrank": "A file became shorter while it was read. Run the same again.",
    "schema-too-new": "A newer program made this. Install that one, or a later one.",
}


class Bars:
    """A progress bar for each thing that is done, one after the other."""

    def __init__(self) -> None:
        """Begin with none."""
        self._what, self._bar, self._at = "", None, 0
        self._last: Any = None

    def watch(self, what: str, done: int, total: int) -> None:
        """Move the bar of `what`, or begin it."""
        if what != self._what:
            self.end()
            self._what, self._at = what, 0
            self._last = click.progressbar(length=max(total, 1), label=what, file=sys.stderr)
            self._last.__enter__()
        self._last.update(done - self._at)
        self._at = done

    def end(self) -> None:
        """Leave the last bar."""
        if self._last is not None:
            self._last.__exit__(None, None, None)
        self._last, self._what = None, ""


@contextmanager
def _watched() -> "Iterator[Callable[[str, int, int], None]]":
    """Show progress; say what is wrong, and what to do about it."""
    bars = Bars()
    try:
        yield bars.watch
    except ExciseError as error:
        bars.end()
        if advice := ADVICE.get(error.reason):
            click.echo(advice, err=True)
        fail(error)
    finally:
        bars.end()


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--verify", "only_verify", is_flag=True, help="Only prove a FILE that is there.")
def backup(file: Path, only_verify: bool) -> None:
    """Write everything that cannot be made again to FILE, while people work.

    Database, documents, deliveries, messages and secrets, of one moment. It is as secret
    as the installation. Exits 1 when the store lacks a file that it should hold.
    """
    from excise import backup as keeping

    if only_verify:
        _verify(file)
        return
    settings = from_environment()
    with open_database(settings) as database, _watched() as watch:
        at = datetime.now(UTC)
        manifest = keeping.backup(settings, database, file.absolute(), at=at, watch=watch)
    _tell(manifest)
    if manifest.missing_count:
        click.echo(f"{manifest.missing_count} files are missing or damaged in the store:", err=True)
        for name in manifest.missing:
            click.echo(f"  {name}", err=True)
        click.echo("All the rest is in the backup. An older backup has them.", err=True)
        sys.exit(1)


@click.command()
@click.argument("file", type=FILE)
@click.option("--verify", "only_verify", is_flag=True, help="Only prove FILE; changes nothing.")
@click.pass_context
def restore(context: click.Context, file: Path, only_verify: bool) -> None:
    """Fill an empty installation from the backup FILE, then run all checks.

    Stopped in the middle it leaves no half installation; run it again.
    """
    from excise import backup as keeping

    if only_verify:
        _verify(file)
        return
    settings = from_environment()
    with open_database(settings) as database, _watched() as watch:
        manifest = keeping.restore(settings, database, file.absolute(), watch=watch)
    _tell(manifest)
    end = f"{manifest.audit_entries}:{manifest.audit_hash}"
    context.invoke(check, expect=end if manifest.audit_entries else None)


def _verify(file: Path) -> None:
    from excise import backup as keeping

    with _watched() as watch:
        manifest = keeping.verify(file.absolute(), watch=watch)
    _tell(manifest)
    click.echo("Every sum is right.")


def _tell(manifest: "Manifest") -> None:
    size = sum(size for size, _ in manifest.parts.values()) + manifest.documents_bytes
    click.echo(f"Backup of {manifest.made_at}: {manifest.engine}, schema {manifest.schema},")
    click.echo(f"{manifest.documents:,} files of the store, {size / 1e6:,.1f} MB in all.")
    click.echo(f"The audit chain ended at {manifest.audit_entries}:{manifest.audit_hash}")


@click.group()
def rebuild() -> None:
    """Make again what can be made again."""


@rebuild.command()
def evidence() -> None:
    """Make the Parquet of all deliveries anew from the store; workers may run."""
    from excise.evidence import filing

    settings, faults = from_environment(), 0
    with open_database(settings) as database, _watched() as watch:
        with database.reading() as session:
            total = filing.count(session)
        filed = filing.rebuild(settings, filing.all_of(database))
        for done, (receipt_no, fault) in enumerate(filed, 1):
            watch("evidence", done, total)
            if fault:
                faults += 1
                click.echo(f"\nFAULT  {receipt_no}: {fault}", err=True)
    click.echo(f"{total} deliveries.")
    sys.exit(1 if faults else 0)
