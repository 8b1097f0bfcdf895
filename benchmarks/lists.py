"""Every list page with 30 taxpayers and with many, through the sites as they are served.

EXCISE_BENCH_TAXPAYERS and EXCISE_BENCH_MONTHS say how many; 10,000 for 24 months is the
promise and takes minutes to fill. EXCISE_BENCH_FOLDER keeps what was filled.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

import backoffice
import portal
from excise.config import Settings, from_environment
from excise.demo.sign_ins import sign_ins
from excise.taxpayers.models import Registration
from tests.browser import Browser, Person

FEW, ROUNDS = 30, 7
OWNER = (
    "/",
    "/registrations/",
    "/returns/",
    "/returns/?page=4000",
    "/bills/",
    "/receipts/",
    "/assessments/",
    "/establishments/{number}/products",
)
OFFICER = (
    "/",
    "/registrations/?state=submitted",
    "/registrations/?state=all",
    "/registrations/?state=all&page=4000",
    "/registrations/?state=all&office=010200",
    "/registrations/?state=all&q=0105558100011",
    "/registrations/?state=all&q=ลุ่มเจ้าพระยา จำกัด",
    "/payments/",
    "/payments/?page=4000",
    "/payments/?state=unallocated",
    "/payments/files/",
    "/cases/",
    "/cases/?state=all",
    "/assessments/",
    "/evidence/",
    "/returns/",
    "/returns/?page=4000",
    "/returns/?month=2026-10&form=0307",
    "/returns/?q=0105558100011",
)


def ratios() -> list[str]:
    """Fill both databases unless they are there, and open every list in each."""
    count = int(os.environ.get("EXCISE_BENCH_TAXPAYERS", "1000"))
    months = int(os.environ.get("EXCISE_BENCH_MONTHS", "12"))
    with _folder() as folder:
        few, many = (
            _filled(folder / name, taxpayers, months)
            for name, taxpayers in (("few", FEW), ("many", count))
        )
        title = f"lists of {count:,} taxpayers x {months} months against {FEW} (CPU time, queries)"
        walks = [
            ("brewery", "brewery", OWNER),
            ("brewery", "chain", OWNER),
            ("registrar", "registrar", OFFICER[:7]),
            ("accountant", "accountant", OFFICER[7:11]),
            ("cashier", "cashier", OFFICER[:1]),
            ("auditor", "auditor", OFFICER[11:]),
        ]
        lines = [title]
        for short, long, urls in walks:
            lines += _compare(long, urls, _Visitor(few, short), _Visitor(many, long))
        return lines


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    if kept := os.environ.get("EXCISE_BENCH_FOLDER"):
        yield Path(kept)
    else:
        with tempfile.TemporaryDirectory() as made:
            yield Path(made)


def _filled(folder: Path, taxpayers: int, months: int) -> Settings:
    environ = {**os.environ, "EXCISE_DATA": str(folder), "EXCISE_DEMO": "1"}
    for command in ("migrate", f"demo --taxpayers {taxpayers} --months {months}"):
        program = "from cli import main; main()"
        line = [sys.executable, "-c", program, *command.split()]
        subprocess.run(line, check=True, env=environ, stdout=subprocess.DEVNULL)  # noqa: S603
    settings = from_environment(environ)
    return replace(settings, sign_in_limit="1000 per minute", address_limit="100000 per minute")


class _Visitor:
    """Somebody of the demonstration, signed in, whose queries are counted."""

    def __init__(self, settings: Settings, role: str) -> None:
        known = next(each for each in sign_ins(settings) if each.role == role)
        site = portal if known.site == "portal" else backoffice
        person = Person(site.create_app(settings), known.email, password=known.password)
        person.key = known.totp_secret
        person.sign_in()
        self.browser: Browser = person.browser
        self.database = person.app.extensions["database"]
        self.sent = 0
        sa.event.listen(self.database.engine, "before_cursor_execute", self._count)
        with self.database.reading() as session:
            query = sa.select(Registration.number).where(Registration.number.is_not(None))
            if role == "chain":
                query = query.where(Registration.name.startswith("บริษัท คลับริเวอร์ไนท์ 1 "))
            self.number = session.scalars(query.order_by(Registration.id)).first()

    def _count(self, *_: object) -> None:
        self.sent += 1

    def open(self, url: str) -> tuple[float, int]:
        """Return the seconds of CPU and the number of queries that a page took."""
        self.sent, start = 0, time.process_time()
        answer = self.browser.quiet(url.format(number=self.number))
        assert answer.status_code == 200, f"{url}: {answer.status_code}"
        return time.process_time() - start, self.sent


def _compare(who: str, urls: tuple[str, ...], few: _Visitor, many: _Visitor) -> Iterator[str]:
    for url in urls:
        # They take turns, so load falls on both alike; the first turn loads what is kept.
        turns = [(few.open(url), many.open(url)) for _ in range(ROUNDS)]
        one, other = min(turn[0] for turn in turns), min(turn[1] for turn in turns)
        yield (
            f"  {other[0] / one[0]:6.2f}  {who}: {url}"
            f" ({other[0] * 1000:.0f} ms, {one[1]} and {other[1]} queries)"
        )
