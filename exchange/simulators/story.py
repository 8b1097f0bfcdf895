"""The story of the two main jobs, played through the real doors and checked to the satang."""

import re
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from exchange.simulators.agencies import Agency
from exchange.simulators.installation import Installation, Unexpected, installed
from exchange.simulators.people import Visitor
from excise.formats import amount
from excise.periods import BANGKOK, add_months

LONGEST = timedelta(minutes=4)


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
    today: date
    brewer: Visitor
    registrar: Visitor
    auditor: Visitor
    assessor: Visitor
    agencies: dict[str, Agency] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    checks: list[tuple[str, object]] = field(default_factory=list)

    @property
    def last_month(self) -> date:
        """First day of the month that is filed in the first job."""
        return add_months(self.today.replace(day=1), -1)

    @property
    def month_before(self) -> date:
        """First day of the month that is filed late, and too low, in the second job."""
        return add_months(self.last_month, -1)

    def check(self, what: str, came: object, expected: object) -> None:
        """Go on only if it is as expected; the table at the end names it."""
        if came != expected:
            raise Unexpected(f"{what}: expected {expected!r}, came {came!r}")
        self.checks.append((what, came))

    def sees(self, who: Visitor, what: str, *words: str) -> None:
        """Go on only if the page says all the words."""
        for each in words:
            if each not in who.words:
                raise who.unexpected(f"{what}: {each!r}")
        self.checks.append((what, ", ".join(words)))

    def sees_baht(self, who: Visitor, what: str, satang: int) -> None:
        """Go on only if the page names the amount, and not as a part of another."""
        if not re.search(rf"(?<![\d,.]){re.escape(amount(satang))}(?!\d)", who.words):
            raise who.unexpected(f"{what}: {amount(satang)} baht")
        self.checks.append((what, amount(satang)))


Step = Callable[[Story], Told]
Echo = Callable[[str], None]


def play(steps: Sequence[Step], out: Path, *, echo: Echo) -> int:
    """Play the steps on an installation of their own; the documents go to `out`.

    Returns the exit code: 0 when every step and `excise check` came out right, else 1.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that it ends as Ctrl-C does
    out.mkdir(parents=True, exist_ok=True)
    _wait_past_midnight(echo)
    begun = time.monotonic()
    try:
        with installed() as place:
            story = begin(place, out)
            _go_through(story, steps, echo)
    except Unexpected as error:
        echo(f"NOT AS EXPECTED: {error}")
        return 1
    seconds = time.monotonic() - begun
    echo("\n".join(["", *(f"ok  {what:<60} {came}" for what, came in story.checks)]))
    echo(f"{len(steps)} steps and {len(story.checks)} checks right in {seconds:.0f} s: {out}")
    return 0


def begin(place: Installation, out: Path) -> Story:
    """Bring the people of the story before their browsers."""
    return Story(
        place,
        out,
        today=datetime.now(BANGKOK).date(),
        brewer=Visitor(place, place.portal, "brewer@brewery.example.org"),
        registrar=Visitor(place, place.backoffice, "registrar@office.example.org"),
        auditor=Visitor(place, place.backoffice, "auditor@office.example.org"),
        assessor=Visitor(place, place.backoffice, "assessor@office.example.org"),
    )


def _go_through(story: Story, steps: Sequence[Step], echo: Echo) -> None:
    """Play the steps one by one, then hold the books against all that must be true."""
    for place, step in enumerate(steps, start=1):
        try:
            echo(step(story).line(place))
        except Unexpected as error:
            raise Unexpected(f"step {place}, {step.__name__}\n{error}") from error
    for line in story.place.excise("check").splitlines():
        story.check(f"excise check: {line[7:]}", line[:2], "ok")


def _wait_past_midnight(echo: Echo) -> None:
    """Begin on the day on which it will end: figures depend on the day."""
    now = datetime.now(BANGKOK)
    midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), BANGKOK)
    if midnight - now < LONGEST:
        echo("Midnight is near; the story begins after it.")
        time.sleep((midnight - now).total_seconds())
