"""What the commands share: the database, files as arguments, errors as exit codes."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from excise.config import Settings
from excise.errors import ExciseError

if TYPE_CHECKING:
    from excise.db import Database

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


@contextmanager
def open_database(settings: Settings) -> "Iterator[Database]":
    """Open the database of the settings, and close it in the end."""
    from excise.db import Database

    database = Database(settings.database_url)
    try:
        yield database
    finally:
        database.close()


def fail(error: ExciseError) -> NoReturn:
    """Say what is wrong, with its facts, and exit with 1."""
    click.echo(error.reason, err=True)
    for name, value in error.facts.items():
        for line in value if isinstance(value, list | tuple) else [value]:
            click.echo(f"  {name}: {line}", err=True)
    sys.exit(1)


def language() -> str:
    """Return the language that the terminal asks for: Thai where its locale is, else English.

    >>> language() in ("th", "en")
    True
    """
    asked = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "th" if asked.startswith("th") else "en"
