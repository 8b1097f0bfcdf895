"""Read editions of the tariff: check one, compare two, look a rate up."""

import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.terminal import FILE, fail, language, open_database
from excise.config import Settings, from_environment
from excise.errors import ExciseError, Invalid

if TYPE_CHECKING:
    from excise.tariff.difference import Change
    from excise.tariff.entries import Tariff
    from excise.tariff.faults import Fault

_FORM = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")


@click.group()
def tariff() -> None:
    """Read editions of the tariff."""


@tariff.command()
@click.argument("file", type=FILE)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def check(file: Path, form: str) -> None:
    """Say everything that is wrong with the edition in FILE; exits 1 when something is.

    In Thai where LANG or LC_ALL says th.
    """
    from excise.tariff.amending import faults_of
    from excise.tariff.schema import load

    faults: tuple[Fault, ...]
    try:
        items, faults = len(load(_text(file)).items), ()
    except Invalid as error:
        items, faults = 0, faults_of(error)
    if form == "json":
        told = {"faults": [fault.as_json() for fault in faults]}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    elif faults:
        click.echo("\n".join(fault.told(language()) for fault in faults), err=True)
    else:
        click.echo(f"{items} items, no fault.")
    sys.exit(1 if faults else 0)


@tariff.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@_FORM
def diff(old: str, new: str, form: str) -> None:
    """Say what NEW changes: two FILEs, or editions of the database by number.

    Exits 0 whether or not they differ. With --format json also the days on which items
    are taxed otherwise.
    """
    from excise.tariff.difference import changed_spans, difference

    before, after = _edition(old), _edition(new)
    changes, spans = difference(before, after), changed_spans(before, after)
    if form == "json":
        told = {
            "changes": [change.as_json() for change in changes],
            "taxed_otherwise": [
                {"item": span.item, "from": str(span.from_), "to": span.to and str(span.to)}
                for span in spans
            ],
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for change in changes:
        click.echo(_in_words(change))
    click.echo(
        f"{len(changes)} rows differ, {len({s.item for s in spans})} items are taxed otherwise."
    )


def _in_words(change: "Change") -> str:
    day = f" from {change.from_}" if change.from_ else ""
    lines = [f"{change.kind:<8} {change.where}{day}"]
    lines += [
        f"           {each.field}: {each.old or '–'} → {each.new or '–'}" for each in change.fields
    ]
    return "\n".join(lines)


@tariff.command()
@click.argument("item")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="Today unless told.")
@click.option("--edition", "name", metavar="NUMBER|FILE", help="The one in force unless told.")
@_FORM
def show(item: str, day: datetime | None, name: str | None, form: str) -> None:
    """Show the rate of an ITEM on a day, with its law, source and confidence."""
    from excise.periods import local_date
    from excise.tariff.lookup import rate_facts_on

    on = day.date() if day else local_date(datetime.now(UTC))
    try:
        told = rate_facts_on(_edition(name), item, on)
    except ExciseError as error:
        fail(error)
    if form == "json":
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for line in _shown(told, on):
        click.echo(line)


def _shown(told: dict[str, Any], on: date) -> list[str]:
    lines = [
        f"{told['heading']}  {told['name_th']} / {told['name_en']}",
        f"on {on}, edition {told['edition']} ({told['digest'][:12]})",
        f"rate: {told['rate_en']}",
        f"      {told['rate_th']}",
    ]
    for row in told["rows"]:
        until = f" to {row['to']}" if row["to"] else ""
        lines.append(f"{row['row']}, from {row['from']}{until}: {row['confidence']}")
        lines += [f"  {name}: {row[name]}" for name in ("law", "source", "note") if row[name]]
        lines += [f"  {band}" for band in row["bands"]]
    return lines


def _edition(name: str | None) -> "Tariff":
    try:
        return tariff_here() if name is None else _named(name)
    except ExciseError as error:
        fail(error)


def _named(name: str) -> "Tariff":
    from excise.tariff.schema import load

    if not name.isdigit():
        return load(_text(_file(name)))
    settings = from_environment()
    if not _has_database(settings):
        raise click.UsageError("there is no database yet, so no edition has a number")
    from excise.tariff.queries import edition

    with open_database(settings) as database, database.reading() as session:
        return load(edition(session, int(name)).text)


def _file(name: str) -> Path:
    path = Path(name)
    if not path.is_file():
        raise click.UsageError(f"{name!r} is neither the number of an edition nor a file")
    return path


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{file} is not UTF-8") from error


def tariff_here() -> "Tariff":
    """Return the edition in force; the program's own where there is no database yet."""
    from excise.tariff.schema import first_edition

    settings = from_environment()
    if not _has_database(settings):
        return first_edition()
    import sqlalchemy as sa

    from excise.tariff.models import Edition
    from excise.tariff.queries import tariff_in_force

    with open_database(settings) as database, database.reading() as session:
        is_there = sa.inspect(session.connection()).has_table(Edition.__tablename__)
        return tariff_in_force(session) if is_there else first_edition()


def _has_database(settings: Settings) -> bool:
    """Tell whether there is one to ask; a server's is there, of a file it can be seen."""
    path = settings.database_url.removeprefix("sqlite:///")
    return path == settings.database_url or Path(path).exists()
