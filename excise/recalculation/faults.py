"""What is wrong in a stored calculation, and where: by the names people see, not by numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

MISSING: Final = "-"


@dataclass(frozen=True, slots=True)
class Fault:
    """One figure, word or step that is not as it must be; `place` leads to it from outside in."""

    place: tuple[str, ...]
    stored: str
    expected: str

    @property
    def where(self) -> str:
        """The place in one line.

        >>> Fault(("row 7", "step value_tax", "result"), "1", "2").where
        'row 7 > step value_tax > result'
        """
        return " > ".join(self.place)


def differences(place: tuple[str, ...], stored: object, expected: object) -> Iterator[Fault]:
    """Hold one tree against another, leaf by leaf; steps and figures are found by their names.

    >>> [fault.where for fault in differences((), {"a": 1, "b": [1, 2]}, {"a": 1, "b": [1, 3]})]
    ['b > 2']
    """
    if isinstance(stored, Mapping) and isinstance(expected, Mapping):
        yield from _in_mappings(place, stored, expected)
    elif isinstance(stored, list) and isinstance(expected, list):
        yield from _in_lists(place, stored, expected)
    elif type(stored) is not type(expected) or stored != expected:
        yield Fault(place, text(stored), text(expected))


def _in_mappings(
    place: tuple[str, ...], stored: Mapping[str, Any], expected: Mapping[str, Any]
) -> Iterator[Fault]:
    for name in dict.fromkeys([*expected, *stored]):
        inside = (*place, name)
        if name not in stored:
            yield Fault(inside, MISSING, text(expected[name]))
        elif name not in expected:
            yield Fault(inside, text(stored[name]), MISSING)
        else:
            yield from differences(inside, stored[name], expected[name])


def _in_lists(
    place: tuple[str, ...], stored: Sequence[Any], expected: Sequence[Any]
) -> Iterator[Fault]:
    """Compare in order; a list of steps first by the names and the order of its steps."""
    ours, theirs = _names(expected), _names(stored)
    if place and place[-1] == "steps" and ours != theirs:
        yield Fault(place, ", ".join(theirs), ", ".join(ours))
        by_name = dict(zip(theirs, stored, strict=True))
        stored = [by_name.get(name) for name in ours]
    for number, (one, other) in enumerate(zip_longest(stored, expected), start=1):
        if one is not None or other is not None:
            yield from differences((*place, label(other or one, number)), one, other)


def _names(entries: Sequence[Any]) -> list[str]:
    return [label(entry, number) for number, entry in enumerate(entries, start=1)]


def label(entry: object, number: int) -> str:
    """Name an entry of a list: by its own name, with the number of its term, or by its place."""
    if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str):
        return str(number)
    term = entry.get("term")
    return f"{entry['name']} ({term + 1})" if isinstance(term, int) and term else entry["name"]


def text(found: object) -> str:
    """Write a leaf as it stands in the file; a tree only by its size."""
    if found is None:
        return MISSING
    if isinstance(found, Mapping | list):
        return f"({len(found)} entries)"
    return str(found)
