"""The terminal door: `excise …`. Parses, asks one action, prints; errors become exit codes.

A command loads only the rooms it needs, inside itself: `excise calculate` would
otherwise wait seconds for the renderer and the sites.
"""

import json
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from excise.config import Settings, from_environment
from excise.errors import ExciseError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from excise.db import Database
    from excise.evidence.files import SalesFile
    from excise.evidence.rules import Sale

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Thai excise e-service: taxpayers' portal, back office, exchange."""


@contextmanager
def _database(settings: Settings) -> "Iterator[Database]":
    from excise.db import Database

    database = Database(settings.database_url)
    try:
        yield database
    finally:
        database.close()


def _fail(error: ExciseError) -> NoReturn:
    click.echo(error.reason, err=True)
    for name, value in error.facts.items():
        for line in value if isinstance(value, list | tuple) else [value]:
            click.echo(f"  {name}: {line}", err=True)
    sys.exit(1)


@main.command()
def migrate() -> None:
    """Bring the database to the newest schema; safe to run twice, or by three at once."""
    from excise import schema
    from excise.offices.actions import load_first_list

    settings = from_environment()
    settings.data.mkdir(parents=True, exist_ok=True)
    with _database(settings) as database:
        schema.migrate(database)
        with database.transaction() as session:
            load_first_list(session)
    click.echo("The database has the newest schema.")


@main.command()
def serve() -> None:
    """Serve the three doors and run the worker until told to stop."""
    from excise.supervisor import serve_all

    sys.exit(serve_all(from_environment()))


@main.command()
def worker() -> None:
    """Run durable work only: for machines that serve no pages."""
    from excise.worker import run

    settings = from_environment()
    with _database(settings) as database:
        run(settings, database)


@main.command()
@click.option("--accounts", is_flag=True, help="Only print the demo sign-ins, as JSON.")
@click.option("--story", is_flag=True, help="Play the two main jobs on a service of their own.")
@click.option("--out", type=FOLDER, help="Where the story's documents go.")
def demo(accounts: bool, story: bool, out: Path | None) -> None:
    """Fill the database with demonstration data, once, and print how to sign in.

    With --story --out FOLDER it leaves this installation alone: people, officers and
    agencies go through both main jobs by page and message, every figure is checked.
    """
    from excise.demo import agencies, sign_ins

    if story:
        _play_story(out)

    settings = from_environment()
    if accounts:
        told = sign_ins.as_json(settings) + agencies.as_json(settings)
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    with _database(settings) as database:
        _fill(settings, database)
    for each in sign_ins.sign_ins(settings):
        click.echo(f"{each.site:<10}  {each.role:<10}  {each.email:<32}  {each.password}")
    for one in agencies.AGENCIES:
        password = agencies.passwords(settings)[one.code]
        click.echo(f"{'exchange':<10}  {'agency':<10}  {one.code:<32}  {password}")
    click.echo("Officers also need a code; their keys: excise demo --accounts")


def _play_story(out: Path | None) -> NoReturn:
    from exchange.simulators.plot import STEPS
    from exchange.simulators.story import play

    if out is None:
        raise click.UsageError("--story needs --out FOLDER for its documents")
    sys.exit(play(STEPS, out, echo=click.echo))


def _fill(settings: Settings, database: "Database") -> None:
    from excise.demo import agencies, officers, sales, story
    from excise.periods import local_date
    from excise.tariff.schema import first_edition

    now = datetime.now(UTC)
    with database.reading() as session:
        done = story.is_there(session)
    if done:
        click.echo("The demonstration data is there already.")
    else:
        with database.transaction() as session:
            staff = officers.hire(session, at=now)
        names = story.play(database.transaction, first_edition(), staff, today=local_date(now))
        total = len(story.businesses())
        with click.progressbar(names, length=total, label="Demonstration data") as progress:
            for _ in progress:
                pass
    sales.deliver(settings, database, first_edition(), at=now)
    with database.transaction() as session:
        agencies.register_all(session, settings, at=now)
    _open_accounts(settings, database)


def _open_accounts(settings: Settings, database: "Database") -> None:
    import sqlalchemy as sa

    import backoffice
    import portal
    from backoffice.accounts import OfficerAccount
    from excise.demo.sign_ins import sign_ins
    from excise.people.queries import person_by_email
    from portal.accounts import TaxpayerAccount
    from web.accounts.columns import AccountColumns
    from web.accounts.store import open_account

    sites: dict[str, tuple[Any, type[AccountColumns]]] = {
        "portal": (portal.create_app(settings), TaxpayerAccount),
        "backoffice": (backoffice.create_app(settings), OfficerAccount),
    }
    for each in sign_ins(settings):
        app, account = sites[each.site]
        # The site's app knows its own secrets, which seal its passwords.
        with app.app_context(), database.transaction() as session:
            person = person_by_email(session, each.email)
            known = sa.select(account.id).where(account.person_id == person.id)
            if session.scalar(known) is None:
                open_account(
                    session,
                    account,
                    person=person,
                    password=each.password,
                    totp_key=each.totp_secret,
                )


@main.command()
@click.argument("email")
@click.argument("name")
@click.option("--role", "roles", multiple=True, required=True, help="May be given again.")
@click.option("--office", default="000000", show_default=True, help="Six digits, RRAABB.")
@click.option("--position", default="เจ้าหน้าที่", help="What stands under the name on documents.")
def invite(email: str, name: str, roles: tuple[str, ...], office: str, position: str) -> None:
    """Let an officer in: they choose a password by mail, then set up their second factor."""
    import backoffice
    from backoffice.accounts import OfficerAccount
    from excise.people.actions import hire
    from web.accounts.store import open_account

    settings = from_environment()
    app = backoffice.create_app(settings)
    with _database(settings) as database, app.app_context():
        try:
            with database.transaction() as session:
                officer = hire(
                    session,
                    name=name,
                    email=email,
                    roles=list(roles),
                    office_code=office,
                    position_th=position,
                    at=datetime.now(UTC),
                )
                # Nobody knows this password: the officer sets one by the letter.
                open_account(
                    session,
                    OfficerAccount,
                    person=officer.person,
                    password=secrets.token_urlsafe(32),
                )
        except ExciseError as error:
            _fail(error)
    click.echo(f"{email} can now choose a password: {settings.backoffice_url}/account/reset")


@main.command()
@click.argument("lines", nargs=-1, required=True, metavar="FILE | NAME=VALUE...")
@click.option("--format", "form", type=click.Choice(["json", "csv", "table"]), default="json")
def calculate(lines: tuple[str, ...], form: str) -> None:
    """Work out the tax of the lines in FILE (JSON or CSV), or of one line.

    excise calculate item=beer tax_point_date=2026-04-02 units=100
    retail_price_incl_vat=69 volume_l=0.62 degree=5

    Exits 1 when a line is wrong; the others still come out.
    """
    from excise.tariff.schema import first_edition
    from excise.worksheet import calculate_rows, read_rows

    try:
        rows = [_one_line(lines)] if "=" in lines[0] else read_rows(_only_file(lines))
        results = calculate_rows(first_edition(), rows)
    except ExciseError as error:
        _fail(error)
    click.echo(_written(results, form))
    sys.exit(1 if any("error" in result for result in results) else 0)


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


@main.group(name="import")
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
    with _database(settings) as database:
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
            _fail(error)
    click.echo(words)


@main.group()
def agency() -> None:
    """Let other agencies and banks call the exchange."""


@agency.command()
@click.argument("code")
@click.argument("name_th")
@click.option("--name-en", required=True)
@click.option("--right", "rights", multiple=True, required=True, help="May be given again.")
@click.option("--certificate", type=FILE, help="PEM; without it a password is made.")
def add(
    code: str, name_th: str, name_en: str, rights: tuple[str, ...], certificate: Path | None
) -> None:
    """Let an agency in, with the operations it may call, as document.VerifyDocument."""
    from excise.agencies.actions import Entry, register, renew_password

    entry = Entry(
        code=code,
        name_th=name_th,
        name_en=name_en,
        rights=list(rights),
        certificate_sha256=_fingerprint(certificate) if certificate else None,
    )
    password = ""
    with _agencies() as (session, key, at):
        register(session, entry, actor="terminal", at=at)
        if not certificate:
            password = renew_password(session, code, key=key, actor="terminal", at=at)
    click.echo(f"{code} may call the exchange.")
    if password:
        click.echo(f"Its password, shown this once: {password}")


@agency.command(name="list")
def list_() -> None:
    """Show who may call what."""
    from excise.agencies.queries import agencies

    with _agencies() as (session, _key, _at):
        for each in agencies(session):
            proof = "certificate" if each.certificate_sha256 else "password"
            state = proof if each.active else "revoked"
            click.echo(f"{each.code:<8} {state:<12} {each.name_en}: {', '.join(each.rights)}")


@agency.command()
@click.argument("code")
def renew(code: str) -> None:
    """Make an agency a new password; the old one ends at once."""
    from excise.agencies.actions import renew_password

    with _agencies() as (session, key, at):
        password = renew_password(session, code, key=key, actor="terminal", at=at)
    click.echo(f"{code}'s new password, shown this once: {password}")


@agency.command(name="revoke")
@click.argument("code")
def revoke_agency(code: str) -> None:
    """Shut an agency out."""
    from excise.agencies.actions import revoke

    with _agencies() as (session, _key, at):
        revoke(session, code, actor="terminal", at=at)
    click.echo(f"{code} can no longer call.")


@contextmanager
def _agencies() -> "Iterator[tuple[Session, bytes, datetime]]":
    settings = from_environment()
    with _database(settings) as database:
        try:
            with database.transaction() as session:
                yield session, settings.secret("agencies"), datetime.now(UTC)
        except ExciseError as error:
            _fail(error)


def _fingerprint(certificate: Path) -> str:
    import hashlib

    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        held = x509.load_pem_x509_certificate(certificate.read_bytes())
    except ValueError:
        raise click.UsageError(f"{certificate} is not a certificate in PEM") from None
    return hashlib.sha256(held.public_bytes(Encoding.DER)).hexdigest()


@import_.command(name="vat-sales")
@click.argument("file", type=FILE)
def vat_sales(file: Path) -> None:
    """Import a FILE of VAT sales: all of it, or nothing when a row is wrong."""
    from excise.documents.store import Store
    from excise.evidence.files import enter_file, keep_file

    settings, at = from_environment(), datetime.now(UTC)
    with _database(settings) as database:
        try:
            kept = keep_file(Store(settings.documents), file.read_bytes(), at=at, watched=_watched)
            with database.transaction() as session:
                landed = enter_file(session, kept, name=file.name, by="terminal", at=at)
                done = landed.delivery
                words = f"{done.receipt_no}: {done.row_count:,} rows of {len(done.periods)} months"
        except ExciseError as error:
            _fail(error)
    click.echo(f"{words}, {'imported before' if landed.is_repeat else 'being read'}")


def _watched(sales: "SalesFile") -> "Iterator[Sale]":
    with click.progressbar(sales, label="Checking", file=sys.stderr) as progress:
        yield from progress


@main.command()
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
    from excise.tariff.schema import first_edition

    settings, at = from_environment(), datetime.now(UTC)
    with _database(settings) as database:
        run_id = run_now(
            settings, database, first_edition(), period=period, cause="terminal", at=at
        )
        with database.reading() as session:
            return dict(sorted(session.get_one(Run, run_id).counts.items()))


@main.command()
def check() -> None:
    """Prove that nothing is lost or changed; exit 1 and name what is not right."""
    from excise.checks import CHECKS

    settings, faults = from_environment(), 0
    with _database(settings) as database:
        for name, find_fault in CHECKS.items():
            fault = find_fault(settings, database)
            faults += fault is not None
            click.echo(f"{'FAULT' if fault else 'ok':<6} {name}{f': {fault}' if fault else ''}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
