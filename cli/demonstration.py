"""Demonstration data, its sign-ins, and the story through the doors."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from cli.terminal import FOLDER, open_database
from excise.config import Settings, from_environment

if TYPE_CHECKING:
    from excise.db import Database
    from excise.demo.officers import Officers
    from excise.tariff.entries import Tariff


@click.command()
@click.option("--accounts", is_flag=True, help="Only print the demo sign-ins, as JSON.")
@click.option("--story", is_flag=True, help="Play the two main jobs on a service of their own.")
@click.option("--out", type=FOLDER, help="Where the story's documents go.")
@click.option("--taxpayers", type=click.IntRange(1, 100_000), help="How many; 34 unless told.")
@click.option("--months", type=click.IntRange(1, 60), default=12, show_default=True)
def demo(accounts: bool, story: bool, out: Path | None, taxpayers: int | None, months: int) -> None:
    """Fill the database with demonstration data, once, and print how to sign in.

    34 businesses live through the months by the same acts as people's. More --taxpayers
    are copies of them, among them a chain with many establishments: 10,000 for 24 months
    take minutes and some gigabytes. Interrupted, or asked for more, it goes on.

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
    with open_database(settings) as database:
        _fill(settings, database, taxpayers, months)
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


def _fill(settings: Settings, database: "Database", taxpayers: int | None, months: int) -> None:
    from excise.demo import agencies, officers, reports, sales, story
    from excise.tariff.queries import tariff_in_force

    now, listed = datetime.now(UTC), len(story.businesses())
    with database.transaction() as session:
        staff, tariff = officers.hire(session, at=now), tariff_in_force(session)
        done = story.is_there(session, count=taxpayers)
    if done:
        click.echo("The demonstration's businesses are there already.")
    else:
        _play(database, tariff, staff, min(taxpayers or listed, listed), months, now)
    copied = taxpayers if taxpayers and taxpayers > listed else 0
    if copied:
        _multiply(settings, database, copied)
    sales.deliver(settings, database, tariff, at=now, taxpayers=copied)
    with database.transaction() as session:
        agencies.register_all(session, settings, at=now)
        reports.report_some(session, settings, at=now)
    _open_accounts(settings, database)


def _play(
    database: "Database",
    tariff: "Tariff",
    staff: "Officers",
    count: int,
    months: int,
    at: datetime,
) -> None:
    from excise.demo import story
    from excise.periods import local_date

    names = story.play(
        database.transaction,
        tariff,
        staff,
        today=local_date(at),
        months=months,
        count=count,
    )
    with click.progressbar(names, length=count, label="Demonstration data") as progress:
        for _ in progress:
            pass


def _multiply(settings: Settings, database: "Database", taxpayers: int) -> None:
    from excise.demo.copies import multiply
    from excise.demo.sign_ins import let_chain_in

    with click.progressbar(length=taxpayers, label="Copies of them") as progress:
        for done in multiply(database.transaction, taxpayers=taxpayers):
            progress.update(done - progress.pos)
    let_chain_in(settings)


def _open_accounts(settings: Settings, database: "Database") -> None:
    import sqlalchemy as sa

    import backoffice
    import portal
    from backoffice.accounts import OfficerAccount
    from excise.demo.sign_ins import sign_ins
    from excise.errors import NotFound
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
            try:
                person = person_by_email(session, each.email)
            except NotFound:
                continue  # a small demonstration has not everybody
            known = sa.select(account.id).where(account.person_id == person.id)
            if session.scalar(known) is None:
                open_account(
                    session,
                    account,
                    person=person,
                    password=each.password,
                    totp_key=each.totp_secret,
                )
