"""Verify an evidence pack, with no database and no network."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.terminal import FILE, fail
from excise.errors import ExciseError

if TYPE_CHECKING:
    from excise.packs import Verdict


@click.command("verify-pack")
@click.argument("file", type=FILE)
@click.option("--certificate", type=FILE, help="The Department's, as PEM, got by another way.")
def verify_pack(file: Path, certificate: Path | None) -> None:
    """Verify the evidence pack in FILE and name everything that is not as it was sealed.

    Every hash is taken again, the rows are added up, the tax is worked out again under the
    editions inside, and the seal is held against the manifest. Exits 1 when anything is wrong;
    3 when nothing is, but without --certificate nobody can say whose seal it is.
    """
    from excise.packs import verified

    try:
        trusted = certificate.read_bytes() if certificate else None
        verdict = verified(file.read_bytes(), certificate=trusted)
    except ExciseError as error:
        fail(error)
    _tell(verdict)
    sys.exit(1 if verdict.faults else 0 if verdict.signed.is_trusted else 3)


def _tell(verdict: "Verdict") -> None:
    for fault in verdict.faults:
        click.echo(fault.where)
        click.echo(f"  ที่พบ / found:       {fault.stored}")
        click.echo(f"  ที่ควรเป็น / expected: {fault.expected}")
    what = f"{verdict.subject}, {verdict.made_at}"
    if verdict.faults:
        click.echo(f"ไม่ถูกต้อง: พบ {len(verdict.faults)} แห่ง ({what})")
        click.echo(f"Not right: {len(verdict.faults)} faults ({what})")
        return
    count = verdict.calculations
    click.echo(f"ถูกต้อง: {verdict.files} ไฟล์ {verdict.rows} แถว คำนวณใหม่ {count} รายการ ({what})")
    click.echo(
        f"Right: {verdict.files} files, {verdict.rows} rows,"
        f" {count} calculations worked out again ({what})"
    )
    click.echo(f"ผู้ลงลายมือชื่อ / sealed by: {verdict.signed.name}")
    click.echo(f"SHA-256: {verdict.signed.fingerprint}")
    if not verdict.signed.is_trusted:
        click.echo("ยังยืนยันผู้ลงลายมือชื่อไม่ได้ ให้ระบุใบรับรองของกรมด้วย --certificate")
        click.echo("Whose seal it is was not confirmed: give the Department's --certificate")
