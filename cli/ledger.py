"""The books, as accountants take them to their own programs."""

import csv
import json
import sys
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

import click

from cli.terminal import open_database
from excise.config import from_environment

_DAY = click.DateTime(["%Y-%m-%d"])
_FORM = click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv")
_SINCE = click.option("--from", "since", type=_DAY, help="The first day of a period.")
_UNTIL = click.option("--to", "until", type=_DAY, help="Its last day; today unless told.")


@click.group()
def ledger() -> None:
    """Read the books of a day or a period (days of Bangkok, satang)."""


@ledger.command("trial-balance")
@click.option("--on", "day", type=_DAY, help="Balances at the end of this day; today unless told.")
@_SINCE
@_UNTIL
@_FORM
def trial_balance(
    day: datetime | None, since: datetime | None, until: datetime | None, form: str
) -> None:
    """Each account's balance on a day, as a debit or a credit; both sides add up to the same.

    With --from or --to: what was debited and credited within the period.
    """
    from excise.ledger.queries import turnovers

    if day and (since or until):
        raise click.UsageError("either --on, or --from and --to")
    first, last = _period(since, until or day)
    with open_database(from_environment()) as database, database.reading() as session:
        moved = turnovers(session, since=first, until=last)
    rows = moved if since or until else [each.netted for each in moved]
    _write(form, ("account", "debit_satang", "credit_satang"), (vars(row) for row in rows))


@ledger.command()
@_SINCE
@_UNTIL
@_FORM
def receipts(since: datetime | None, until: datetime | None, form: str) -> None:
    """Every receipt that was issued, by its number; `cause` is the payment behind it."""
    from excise.payments.queries import issued_receipts
    from excise.periods import BANGKOK

    first, last = _period(since, until)
    begin, end = (
        datetime.combine(each, time(), BANGKOK)
        for each in (first or date(2000, 1, 1), last + timedelta(days=1))
    )
    columns = ("number", "series", "cause", "satang", "state")
    with open_database(from_environment()) as database, database.reading() as session:
        issued = issued_receipts(session, since=begin, before=end)
        _write(form, columns, (vars(each) for each in issued))


@ledger.command()
@_SINCE
@_UNTIL
@_FORM
def journal(since: datetime | None, until: datetime | None, form: str) -> None:
    """Every line of the journal, in its order; `entry` tells which belong together."""
    from excise.ledger.queries import Line
    from excise.ledger.queries import journal as lines

    first, last = _period(since, until)
    with open_database(from_environment()) as database, database.reading() as session:
        rows = (
            vars(line) | {"posted_on": line.posted_on.isoformat()}
            for line in lines(session, since=first, until=last)
        )
        _write(form, tuple(Line.__annotations__), rows)


def _period(since: datetime | None, until: datetime | None) -> tuple[date | None, date]:
    from excise.periods import local_date

    first = since.date() if since else None
    last = until.date() if until else local_date(datetime.now().astimezone())
    if first and first > last:
        raise click.UsageError(f"the period begins on {first}, after its end on {last}")
    return first, last


def _write(form: str, columns: tuple[str, ...], rows: Iterable[dict[str, Any]]) -> None:
    """Print the rows one by one: a year of receipts need not fit into memory."""
    if form == "csv":
        table = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
        return
    click.echo("[", nl=False)
    for number, row in enumerate(rows):
        click.echo(",\n " if number else "\n ", nl=False)
        click.echo(json.dumps(row, ensure_ascii=False), nl=False)
    click.echo("\n]")
