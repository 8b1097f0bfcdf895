"""Between XML and the types of `messages`: closures compiled once from their hints.

Only for input that its schema has accepted: nothing is checked twice.
"""

import enum
import re
import types
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints
from xml.sax.saxutils import escape

from lxml import etree

Read = Callable[[Any], Any]
Write = Callable[[Any], str]
_SPACES = re.compile(r"[ \t\r\n]+")
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Slot:
    """One field of a type, as the contract writes it."""

    name: str
    tag: str
    kind: type
    many: bool
    optional: bool


@cache
def slots_of(cls: type) -> tuple[Slot, ...]:
    """Return the elements of a type, in the order of the contract."""
    hints = get_type_hints(cls)
    return tuple(_slot(field.name, hints[field.name]) for field in fields(cls))


def _slot(name: str, hint: Any) -> Slot:
    first, *rest = name.split("_")
    tag = first + "".join(word.capitalize() for word in rest)
    if get_origin(hint) is tuple:
        return Slot(name, tag, get_args(hint)[0], many=True, optional=False)
    if get_origin(hint) in (Union, types.UnionType):
        kind = next(each for each in get_args(hint) if each is not type(None))
        return Slot(name, tag, kind, many=False, optional=True)
    return Slot(name, tag, hint, many=False, optional=False)


def collapsed(text: str | None) -> str:
    r"""Return a text as its schema saw it: one space where there were several, none around.

    >>> collapsed(" 0105\n  3 ")
    '0105 3'
    """
    if not text:
        return ""
    if " " not in text and text.isprintable():  # nearly every value
        return text
    return _SPACES.sub(" ", text).strip(" ")


_READERS: dict[type, Callable[[str], Any]] = {
    str: str,
    int: int,
    Decimal: Decimal,
    bool: lambda text: text in ("1", "true"),
    date: lambda text: date.fromisoformat(text[:10]),  # some clients add a time zone
    datetime: datetime.fromisoformat,
}
_WRITERS: dict[type, Write] = {
    str: lambda text: escape(_UNWRITABLE.sub("\ufffd", text)),
    int: str,
    Decimal: lambda number: f"{number:f}",
    bool: lambda yes: "true" if yes else "false",
    date: date.isoformat,
    datetime: datetime.isoformat,
}


@cache
def decoder(cls: Any, namespace: str) -> Read:
    """Return the function that makes a `cls` of an element."""
    table = {
        f"{{{namespace}}}{s.tag}": (s.name, _reader(s, namespace), s.many) for s in slots_of(cls)
    }
    lists = tuple(slot.name for slot in slots_of(cls) if slot.many)

    def decode(element: Any) -> Any:
        values: dict[str, Any] = {name: [] for name in lists}
        for child in element:
            name, read, many = table[child.tag]
            if many:
                values[name].append(read(child))
            else:
                values[name] = read(child)
        for name in lists:
            values[name] = tuple(values[name])
        return cls(**values)

    return decode


def _reader(slot: Slot, namespace: str) -> Read:
    if is_dataclass(slot.kind):
        return decoder(slot.kind, namespace)
    if slot.kind is str:
        return lambda element: collapsed(element.text)
    read = slot.kind if issubclass(slot.kind, enum.Enum) else _READERS[slot.kind]
    return lambda element: read(collapsed(element.text))


@cache
def encoder(cls: Any) -> Write:
    """Return the function that writes the inside of a `cls`, without a namespace of its own."""
    parts = tuple((s.name, f"<{s.tag}>", f"</{s.tag}>", _writer(s), s.many) for s in slots_of(cls))

    def encode(value: Any) -> str:
        written = []
        for name, opening, closing, write, many in parts:
            held = getattr(value, name)
            if many:
                written += [f"{opening}{write(each)}{closing}" for each in held]
            elif held is not None:
                written.append(f"{opening}{write(held)}{closing}")
        return "".join(written)

    return encode


def _writer(slot: Slot) -> Write:
    if is_dataclass(slot.kind):
        return encoder(slot.kind)
    return str if issubclass(slot.kind, enum.Enum) else _WRITERS[slot.kind]


def decode(element: etree._Element, cls: type, namespace: str) -> Any:
    """Read an element that its schema accepted."""
    return decoder(cls, namespace)(element)


def encode(value: Any, namespace: str) -> str:
    """Write a message; the whole of it stands in the namespace of its service."""
    cls: Any = type(value)
    return f'<{cls.__name__} xmlns="{namespace}">{encoder(cls)(value)}</{cls.__name__}>'
