"""Bring in files from others."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.terminal import FILE, fail, open_database
from excise.config import from_environment
from excise.errors import ExciseError

if TYPE_CHECKING:
    from excise.evidence.checking import Watch
    from excise.payments.models import BankFile


@click.group(name="import")
def import_() -> None:
    """Bring in files from others."""


@import_.command()
@click.argument("file", type=FILE)
def bank(file: Path) -> None:
    """Import a bank's statement FILE: all of it, or nothing when a row is wrong."""
    from excise.documents.store import Store
    from excise.payments.files import import_file

    settings, at = from_environment(), datetime.now(UTC)
    store = Store(settings.documents)
    with open_database(settings) as database:
        try:
            with database.transaction() as session:
                done = import_file(
                    session,
                    store,
                    name=file.name,
                    content=file.read_bytes(),
                    actor="terminal",
                    at=at,
                )
                words = _told(done)
        except ExciseError as error:
            fail(error)
    click.echo(words)


def _told(file: "BankFile") -> str:
    if not file.is_received:
        return f"{file.row_count} rows, accepted; the worker receives them in pieces"
    words = (
        f"{file.row_count} rows: {len(file.payments)} new, {file.repeated_count} reported before"
    )
    return f"{words}, {len(file.unallocated)} unallocated"


@import_.command()
@click.argument("layout")
@click.argument("file", type=FILE)
def evidence(layout: str, file: Path) -> None:
    """Import a FILE in a LAYOUT: all of it, or nothing when a row is wrong."""
    from excise.documents.store import Store
    from excise.evidence.files import enter_file, keep_file
    from excise.evidence.layouts import layout_of

    settings, at = from_environment(), datetime.now(UTC)
    with open_database(settings) as database:
        try:
            asked = layout_of(layout)
            with _watched() as watch:
                kept = keep_file(Store(settings.documents), file, asked, at=at, watch=watch)
            with database.transaction() as session:
                landed = enter_file(session, kept, name=file.name, by="terminal", at=at)
                done = landed.delivery
                words = f"{done.receipt_no}: {done.row_count:,} rows of {len(done.periods)} months"
        except ExciseError as error:
            fail(error)
    click.echo(f"{words}, {'imported before' if landed.is_repeat else 'being read'}")


@import_.command()
def layouts() -> None:
    """List the layouts of `import evidence`: code, who sends it, what it tells of."""
    from excise.evidence.layouts import LAYOUTS

    for layout in LAYOUTS.values():
        click.echo(f"{layout.code:24}{layout.source:10}{layout.title_th} / {layout.title_en}")


@import_.command()
@click.argument("layout")
def example(layout: str) -> None:
    """Write a small file in a LAYOUT, as CSV."""
    from excise.evidence.layouts import layout_of

    try:
        click.echo(layout_of(layout).example.encode(), nl=False)
    except ExciseError as error:
        fail(error)


@contextmanager
def _watched() -> "Iterator[Watch]":
    with click.progressbar(length=1, label="Checking", file=sys.stderr) as bar:

        def watch(done: int, of: int) -> None:
            bar.length = max(of, 1)
            bar.update(done - bar.pos)

        yield watch
