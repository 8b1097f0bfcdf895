"""Serve, migrate, let officers in, and prove that all is well."""

import re
import secrets
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from cli.terminal import fail, open_database
from excise.config import from_environment
from excise.errors import ExciseError

if TYPE_CHECKING:
    from excise.audit import Head
    from excise.supervisor import Parts


@click.command()
@click.option("--to", "revision", help="Up or down to REVISION or `base`; nothing is lost.")
def migrate(revision: str | None) -> None:
    """Bring the database to the newest schema; safe to run twice, or by three at once."""
    from excise import schema
    from excise.offices.actions import load_first_list

    settings = from_environment()
    settings.data.mkdir(parents=True, exist_ok=True)
    with open_database(settings) as database:
        try:
            schema.migrate(database, revision or "head")
        except ExciseError as error:
            fail(error)
        if not schema.is_current(database):
            click.echo(f"The database has schema {revision}; `excise migrate` brings the newest.")
            return
        with database.transaction() as session:
            load_first_list(session)
    click.echo("The database has the newest schema.")


@click.command()
def serve() -> None:
    """Serve the three doors and run the worker until told to stop."""
    from excise.supervisor import serve_all

    sys.exit(serve_all(from_environment(), _parts))


def _parts() -> "Parts":
    """Load what the web server and the worker need."""
    import wsgi
    from excise.records import load_workflows

    wsgi.load()
    load_workflows()
    return {"web": _serve_web, "worker": _work}


def _serve_web() -> None:
    from gunicorn.app.wsgiapp import WSGIApplication  # type: ignore[import-untyped]

    sys.argv = ["gunicorn", "--config", "python:web.gunicorn_conf"]
    WSGIApplication().run()


@click.command()
def worker() -> None:
    """Run durable work only: for machines that serve no pages."""
    _work()


def _work() -> None:
    from excise.condition import serve_metrics
    from excise.worker import run

    settings = from_environment()
    with open_database(settings) as database:
        serve_metrics(settings, database)
        ended = run(settings, database)
    sys.exit(0 if ended else 75)  # EX_TEMPFAIL: start it again


@click.command()
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
    with open_database(settings) as database, app.app_context():
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
            fail(error)
    click.echo(f"{email} can now choose a password: {settings.backoffice_url}/account/reset")


@click.command()
@click.option(
    "--expect",
    metavar="SEQ:HASH",
    help="An end of the audit chain that was told before: proves that nothing was cut off since.",
)
def check(expect: str | None) -> None:
    """Prove that nothing is lost or changed; exit 1 and name what is not right."""
    from excise import audit
    from excise.checks import CHECKS

    settings, faults = from_environment(), 0
    old = _head(expect) if expect else None
    with open_database(settings) as database:
        for name, find_fault in CHECKS.items():
            fault = find_fault(settings, database)
            faults += fault is not None
            click.echo(f"{'FAULT' if fault else 'ok':<6} {name}{f': {fault}' if fault else ''}")
        with database.reading() as session:
            if old and not audit.holds(session, old):
                faults += 1
                click.echo(f"FAULT  audit chain: it does not go through {expect}")
            end = audit.head(session)
    click.echo(f"The audit chain ends at {end.seq}:{end.hash}")
    sys.exit(1 if faults else 0)


def _head(told: str) -> "Head":
    from excise.audit import Head

    seq, _, digest = told.partition(":")
    if not (seq.isdecimal() and re.fullmatch("[0-9a-f]{64}", digest)):
        raise click.BadParameter(
            "give it as `excise check` prints it: 17:9f86d0…", param_hint="--expect"
        )
    return Head(int(seq), digest)
