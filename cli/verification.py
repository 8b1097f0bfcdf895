"""Work a stored calculation out again, with no database and no network."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.terminal import FILE, fail
from excise.errors import ExciseError

if TYPE_CHECKING:
    from excise.recalculation import Verdict
    from excise.tariff.entries import Tariff


@click.command("verify-trace")
@click.argument("file", type=FILE)
@click.option("--edition", "editions", type=FILE, multiple=True, help="A tariff to use as well.")
def verify_trace(file: Path, editions: tuple[Path, ...]) -> None:
    """Work the calculations in FILE out again and name every figure that is not right.

    FILE is what `excise calculate` wrote (or a part of it), one trace, the original of a return
    or an assessment, or the PDF of a receipt or a notice. The tariff in this program is used,
    and each --edition FILE: the text of a later edition, as the back office hands it out.
    Exits 1 when anything is wrong; 3 when all agrees with itself, but the edition that it names
    is not at hand, so that nobody can say whether its rates are those of the law.
    """
    from excise.recalculation import read_document, verified

    try:
        verdict = verified(read_document(file), _editions(editions))
    except ExciseError as error:
        fail(error)
    _tell(verdict)
    sys.exit(_exit_code(verdict))


def _editions(files: tuple[Path, ...]) -> "list[Tariff]":
    from excise.tariff.schema import first_edition, load

    return [first_edition(), *(load(path.read_text(encoding="utf-8")) for path in files)]


def _exit_code(verdict: "Verdict") -> int:
    if not verdict.faults:
        return 0
    return 3 if verdict.lacks_only_editions else 1


def _tell(verdict: "Verdict") -> None:
    if verdict.lacks_only_editions:
        missing = "\n".join(f"  {digest}" for digest in verdict.missing_editions)
        click.echo("ยังยืนยันไม่ได้: ตัวเลขทุกตัวสอดคล้องกัน แต่ไม่มีพิกัดอัตราฉบับที่ใช้คำนวณ")
        click.echo(f"Not confirmed: all figures agree, but the edition is not at hand:\n{missing}")
        click.echo("ระบุข้อความของพิกัดอัตราด้วย --edition FILE / Give its text with --edition FILE")
        return
    for fault in verdict.faults:
        click.echo(fault.where)
        click.echo(f"  ที่บันทึกไว้ / stored:      {fault.stored}")
        click.echo(f"  ที่คำนวณใหม่ / recomputed:  {fault.expected}")
    count, under = verdict.calculations, ", ".join(verdict.editions) or "-"
    if verdict.faults:
        wrong = len(verdict.faults)
        click.echo(f"ไม่ถูกต้อง: พบข้อผิดพลาด {wrong} แห่ง ใน {count} รายการคำนวณ (พิกัดอัตรา {under})")
        click.echo(f"Not right: {wrong} faults in {count} calculations (edition {under})")
    else:
        click.echo(f"ถูกต้อง: คำนวณใหม่ {count} รายการ ตรงกันทุกตัวเลข (พิกัดอัตรา {under})")
        click.echo(
            f"Right: {count} calculations worked out again, equal to the satang (edition {under})"
        )
