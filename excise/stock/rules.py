"""What must hold in an account: each entry adds up, and goes on where the one before ended.

Law: Excise Tax Act B.E. 2560, s. 118 (daily accounts and monthly statements).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from excise.evidence.checking import RowFault
from excise.evidence.columns import Kind
from excise.evidence.values import WrongValue, goods_code, past, scaled

QUANTITIES = ("opening", "received", "issued", "lost", "closing")
PLACES = 4


@dataclass(frozen=True)
class Row:
    """A row of a stock statement; `place` is its row in the file, quantities ten-thousandths."""

    place: int
    form: str
    product_code: str
    day_on: date
    opening: int
    received: int
    issued: int
    lost: int
    closing: int
    action: str = "N"

    @property
    def figures(self) -> tuple[int, ...]:
        """The quantities, in the order of the form."""
        return tuple(getattr(self, name) for name in QUANTITIES)


def shown(units: int) -> str:
    """Write ten-thousandths as a file has them.

    >>> shown(12_5000), shown(7_0000), shown(-5)
    ('12.5', '7', '-0.0005')
    """
    sign, whole = "-" if units < 0 else "", abs(units)
    decimals = f"{whole % 10**PLACES:0{PLACES}d}".rstrip("0")
    return f"{sign}{whole // 10**PLACES}{'.' if decimals else ''}{decimals}"


def added(rows: Sequence[Row], known: Mapping[date, Row]) -> tuple[list[Row], list[RowFault]]:
    """Return which rows of one item say something new, and which contradict what was told.

    The same again says nothing; other figures for a day that is known need the action C.
    To annul what is not known changes nothing.
    >>> told = Row(2, "0702", "X", date(2026, 10, 5), 0, 10, 4, 0, 6)
    >>> added([told], {}) == ([told], []), added([told], {told.day_on: told})
    (True, ([], []))
    """
    new: list[Row] = []
    faults: list[RowFault] = []
    now = dict(known)
    for row in rows:
        earlier = now.get(row.day_on)
        if row.action == "A":
            if earlier is None:
                continue
            del now[row.day_on]
        elif earlier is not None and earlier.figures == row.figures:
            continue
        elif earlier is not None and row.action == "N":
            faults.append(RowFault(row.place, "day_on", "told-before", str(row.day_on)))
            continue
        else:
            now[row.day_on] = row
        new.append(row)
    return new, faults


def breaks(rows: Iterable[Row], known: Mapping[date, Row]) -> list[RowFault]:
    """Return where the account of one item would not go on as it ended, through these new rows.

    What was known and is not touched is left as it is.
    >>> day = date(2026, 10, 5)
    >>> known = {day: Row(0, "0702", "X", day, 0, 10_0000, 0, 0, 10_0000)}
    >>> later = Row(2, "0702", "X", date(2026, 10, 6), 9_0000, 0, 0, 0, 9_0000)
    >>> [(fault.code, fault.value) for fault in breaks([later], known)]
    [('opening-differs', '9 ≠ 10 (2026-10-05)')]
    """
    told = {row.day_on: row for row in rows}
    annulled = {day: row for day, row in told.items() if row.action == "A"}
    after = {**known, **told}
    days = sorted(day for day in after if day not in annulled)
    faults = []
    for before, day in pairwise(days):
        earlier, later = after[before], after[day]
        if earlier.closing == later.opening:
            continue
        between = [row for gone, row in annulled.items() if before < gone < day]
        if day in told:
            said = f"{shown(later.opening)} ≠ {shown(earlier.closing)} ({before})"
            faults.append(RowFault(later.place, "opening", "opening-differs", said))
        elif before in told or between:
            at = told.get(before) or between[0]
            said = f"{shown(earlier.closing)} ≠ {shown(later.opening)} ({day})"
            faults.append(RowFault(at.place, "closing", "closing-differs", said))
    return faults


_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")


def plain(text: str) -> str:
    """Write a number or a day as files have it: people type Thai digits, spaces and commas.

    A comma that groups no thousands stays, to be refused.
    >>> plain("๑,๒๓๔.๕"), plain("12,5"), plain("5/๑๐/2569")
    ('1234.5', '12,5', '5/10/2569')
    """
    said = "".join(text.translate(_THAI_DIGITS).split())
    return said.replace(",", "") if _GROUPED.fullmatch(said) else said


def completed(
    lines: Iterable[Mapping[str, str]], *, closings: Mapping[str, Mapping[date, int]], today: date
) -> list[dict[str, str]]:
    """Fill in what an account knows itself: an opening carried over, a closing added up.

    `closings` are those in force, by item and day. Received, issued and lost are nothing when
    left empty. What cannot be read stays as it was typed; the check says what is wrong.
    """
    carried = {item: dict(days) for item, days in closings.items()}
    return [_completed(dict(line), carried, today) for line in lines]


def _completed(
    line: dict[str, str], carried: dict[str, dict[date, int]], today: date
) -> dict[str, str]:
    for name in ("received", "issued", "lost"):
        line[name] = line.get(name) or "0"
    try:
        item, day = goods_code(line.get("product_code", "")), past(line.get("day_on", ""), today)
        days = carried.setdefault(item, {})
        before = max((one for one in days if one < day), default=None)
        if not line.get("opening") and before is not None:
            line["opening"] = shown(days[before])
        opening, received, issued, lost = (
            scaled(line.get(name, ""), Kind.QUANTITY) for name in QUANTITIES[:-1]
        )
        left = opening + received - issued - lost
        if not line.get("closing") and left >= 0:
            line["closing"] = shown(left)
        days[day] = left
    except WrongValue:
        pass  # the check will say it, by row and column
    return line
