"""Calculate lines, and compare months."""

import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from cli.tariff import tariff_here
from cli.terminal import fail, open_database
from excise.config import from_environment
from excise.errors import ExciseError


@click.command()
@click.argument("lines", nargs=-1, required=True, metavar="FILE | NAME=VALUE...")
@click.option("--format", "form", type=click.Choice(["json", "csv", "table"]), default="json")
@click.option("--bulk", type=Path, help="Write into this CSV or Parquet file, without traces.")
def calculate(lines: tuple[str, ...], form: str, bulk: Path | None) -> None:
    """Work out the tax of the lines in FILE (JSON or CSV), or of one line.

    excise calculate item=beer tax_point_date=2026-04-02 units=100
    retail_price_incl_vat=69 volume_l=0.62 degree=5

    By the edition in force, or the program's own where there is no database. Exits 1 when
    a line is wrong; the others still come out. With --bulk FILE may be CSV or Parquet of any
    length.
    """
    from excise.worksheet import calculate_rows, read_rows

    if bulk is not None:
        sys.exit(1 if _in_bulk(_only_file(lines), bulk) else 0)
    try:
        rows = [_one_line(lines)] if "=" in lines[0] else read_rows(_only_file(lines))
        results = calculate_rows(tariff_here(), rows)
    except ExciseError as error:
        fail(error)
    click.echo(_written(results, form))
    sys.exit(1 if any("error" in result for result in results) else 0)


def _in_bulk(source: Path, target: Path) -> int:
    """Write the results of a file into another; return how many lines were refused."""
    from excise.worksheet.streams import calculate_file

    def tell(done: int) -> None:
        click.echo(f"\r{done:,}", nl=False, err=True)

    try:
        counts = calculate_file(tariff_here(), source, target, tell=tell)
    except ExciseError as error:
        fail(error)
    click.echo(f"\r{counts.lines:,} lines, {counts.refused:,} refused", err=True)
    return counts.refused


def _one_line(pairs: tuple[str, ...]) -> dict[str, Any]:
    if wrong := [pair for pair in pairs if "=" not in pair]:
        raise click.UsageError(f"{wrong[0]!r} is not NAME=VALUE")
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs)}


def _only_file(lines: tuple[str, ...]) -> Path:
    if len(lines) > 1:
        raise click.UsageError("one FILE, or NAME=VALUE pairs")
    path = Path(lines[0])
    if not path.is_file():
        raise click.UsageError(f"there is no file {path}")
    return path


def _written(results: list[dict[str, Any]], form: str) -> str:
    from excise.worksheet import as_csv, as_table

    if form == "json":
        return json.dumps(results, ensure_ascii=False, indent=2)
    return as_csv(results) if form == "csv" else as_table(results)


@click.command()
@click.argument("month", required=False)
@click.option("--rules", is_flag=True, help="Only list the rules, as JSON.")
def match(month: str | None, rules: bool) -> None:
    """Compare the returns of a MONTH (like 2026-10) with what others told us."""
    from excise.matching.rules import RULES

    if rules:
        listed = [rule.as_json() for rule in RULES.values()]
        click.echo(json.dumps(listed, ensure_ascii=False, indent=2))
        return
    if month is None:
        raise click.UsageError("a MONTH like 2026-10, or --rules")
    for outcome, count in _match(_first_day(month)).items():
        click.echo(f"{count:>8}  {outcome}")


def _first_day(month: str) -> date:
    from excise.periods import TaxMonth

    try:
        return TaxMonth.parse(month).first
    except ValueError as error:
        raise click.BadParameter(f"{month!r} is not a month like 2026-10") from error


def _match(period: date) -> dict[str, int]:
    from excise.matching.actions import run_now
    from excise.matching.models import Run
    from excise.tariff.queries import tariff_in_force

    settings, at = from_environment(), datetime.now(UTC)
    with open_database(settings) as database:
        with database.reading() as session:
            tariff = tariff_in_force(session)
        run_id = run_now(settings, database, tariff, period=period, cause="terminal", at=at)
        with database.reading() as session:
            return dict(sorted(session.get_one(Run, run_id).counts.items()))
