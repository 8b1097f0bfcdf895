"""The story of the two main jobs, played through the real doors and checked to the satang."""

import re
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from exchange.simulators.agencies import Agency
from exchange.simulators.installation import Installation, Unexpected, installed, serving
from exchange.simulators.people import Visitor
from excise.formats import amount
from excise.periods import add_months, local_date


@dataclass(frozen=True)
class Told:
    """What a step has to say: who did what, the figure in satang, the number it was given."""

    who: str
    what: str
    satang: int | None = None
    number: str = ""

    def line(self, place: int) -> str:
        """Write it on one line."""
        figure = "" if self.satang is None else amount(self.satang)
        return f"{place:>2}  {self.who:<10} {self.what:<66} {figure:>14}  {self.number}".rstrip()


@dataclass
class Story:
    """What the people of the story know, and what was found right so far."""

    place: Installation
    out: Path
    begun_on: date
    brewer: Visitor
    registrar: Visitor
    auditor: Visitor
    assessor: Visitor
    agencies: dict[str, Agency] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    checks: list[tuple[str, str]] = field(default_factory=list)

    @property
    def last_month(self) -> date:
        """First day of the month that is filed in the first job."""
        return add_months(self.begun_on.replace(day=1), -1)

    @property
    def month_before(self) -> date:
        """First day of the month that is filed late, and too low, in the second job."""
        return add_months(self.last_month, -1)

    def check(self, what: str, came: object, expected: object) -> None:
        """Go on only if it is as expected; the table at the end names it."""
        if came != expected:
            raise Unexpected(f"{what}: expected {expected!r}, came {came!r}")
        self.checks.append((what, str(came)))

    def sees(self, who: Visitor, what: str, *words: str) -> None:
        """Go on only if the page says all the words."""
        for each in words:
            if each not in who.words:
                raise who.unexpected(f"{what}: {each!r}")
        self.checks.append((what, ", ".join(words)))

    def sees_baht(self, who: Visitor, what: str, satang: int) -> None:
        """Go on only if the page names the amount, and not as a part of a larger one."""
        if not re.search(rf"(?<![\d,.]){re.escape(amount(satang))}(?!\d)", who.words):
            raise who.unexpected(f"{what}: {amount(satang)} baht")
        self.checks.append((what, amount(satang)))


Step = Callable[[Story], Told]


def today() -> date:
    """Return the date in Thailand."""
    return local_date(datetime.now(UTC))


def play(steps: Sequence[Step], out: Path, *, echo: Callable[[str], None]) -> int:
    """Play the steps on an installation of their own; return the exit code.

    0 when every step and `excise check` came out right, else 1. The documents go to `out`.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that it ends as Ctrl-C does
    out.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    place = 0
    try:
        with installed() as installation, serving(installation):
            story = _begin(installation, out)
            for place, step in enumerate(steps, start=1):  # named when one fails
                echo(step(story).line(place))
            _check_books(story)
    except Unexpected as error:
        echo(f"{place:>2}  NOT AS EXPECTED\n{error}")
        return 1
    echo("")
    for what, came in story.checks:
        echo(f"ok  {what:<60} {came}")
    seconds = time.monotonic() - begun
    echo(f"{len(steps)} steps and {len(story.checks)} checks right in {seconds:.0f} s; see {out}")
    return 0


def _begin(place: Installation, out: Path) -> Story:
    return Story(
        place=place,
        out=out,
        begun_on=today(),
        brewer=Visitor(place, place.portal, "brewer@brewery.example.org"),
        registrar=Visitor(place, place.backoffice, "registrar@office.example.org"),
        auditor=Visitor(place, place.backoffice, "auditor@office.example.org"),
        assessor=Visitor(place, place.backoffice, "assessor@office.example.org"),
    )


def _check_books(story: Story) -> None:
    """Hold the story's database against all that must be true at any moment."""
    [printed] = story.place.excise(["check"])
    for line in printed.splitlines():
        story.check(f"excise check: {line[7:]}", line[:2], "ok")
