"""The terminal door: `excise …`. Parses, asks one action, prints; errors become exit codes.

A command loads only the rooms it needs, inside itself: `excise calculate` would
otherwise wait seconds for the renderer and the sites.
"""

import click

from cli.agencies import agency
from cli.demonstration import demo
from cli.imports import import_
from cli.keeping import backup, rebuild, restore
from cli.ledger import ledger
from cli.packs import verify_pack
from cli.service import check, invite, migrate, serve, worker
from cli.tariff import tariff
from cli.tax import calculate, match
from cli.verification import verify_trace
from excise import logs


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Thai excise e-service: taxpayers' portal, back office, exchange."""
    logs.set_up()


for _command in (
    migrate,
    serve,
    worker,
    demo,
    invite,
    calculate,
    tariff,
    verify_trace,
    verify_pack,
    import_,
    match,
    ledger,
    agency,
    check,
    backup,
    restore,
    rebuild,
):
    main.add_command(_command)
