"""Bring in files from others."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.terminal import FILE, fail, open_database
from excise.config import from_environment
from excise.errors import ExciseError

if TYPE_CHECKING:
    from excise.evidence.files import SalesFile
    from excise.evidence.rules import Sale


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
                words = (
                    f"{done.row_count} rows: {len(done.payments)} new,"
                    f" {done.repeated_count} reported before, {len(done.unallocated)} unallocated"
                )
        except ExciseError as error:
            fail(error)
    click.echo(words)


@import_.command(name="vat-sales")
@click.argument("file", type=FILE)
def vat_sales(file: Path) -> None:
    """Import a FILE of VAT sales: all of it, or nothing when a row is wrong."""
    from excise.documents.store import Store
    from excise.evidence.files import enter_file, keep_file

    settings, at = from_environment(), datetime.now(UTC)
    with open_database(settings) as database:
        try:
            kept = keep_file(Store(settings.documents), file.read_bytes(), at=at, watched=_watched)
            with database.transaction() as session:
                landed = enter_file(session, kept, name=file.name, by="terminal", at=at)
                done = landed.delivery
                words = f"{done.receipt_no}: {done.row_count:,} rows of {len(done.periods)} months"
        except ExciseError as error:
            fail(error)
    click.echo(f"{words}, {'imported before' if landed.is_repeat else 'being read'}")


def _watched(sales: "SalesFile") -> "Iterator[Sale]":
    with click.progressbar(sales, label="Checking", file=sys.stderr) as progress:
        yield from progress
