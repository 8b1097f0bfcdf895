"""Who may call the exchange."""

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
    from sqlalchemy.orm import Session


@click.group()
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
    with open_database(settings) as database:
        try:
            with database.transaction() as session:
                yield session, settings.secret("agencies"), datetime.now(UTC)
        except ExciseError as error:
            fail(error)


def _fingerprint(certificate: Path) -> str:
    import hashlib

    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        held = x509.load_pem_x509_certificate(certificate.read_bytes())
    except ValueError:
        raise click.UsageError(f"{certificate} is not a certificate in PEM") from None
    return hashlib.sha256(held.public_bytes(Encoding.DER)).hexdigest()
