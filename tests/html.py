"""HTML read as strictly as html5lib reads it, and many times faster where pages are built alike.

What html5lib thinks of a page of nothing but plain tokens depends on its shape: its tags,
the names of their attributes, and where there are words. So html5lib reads each shape once,
and further pages of a shape are put together from their tokens. What is not plain, or would
not be put together as html5lib does it, html5lib reads every time.
"""

import re
from html import unescape
from xml.etree.ElementTree import Element

import html5lib
from html5lib.constants import voidElements

_LAST_OF_PLANES = "".join(
    f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17)
)
_ODD = re.compile(f"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{_LAST_OF_PLANES}]")
_REFERENCE = "&(?:amp|lt|gt|quot|nbsp|#34|#39);"
_START = re.compile("(?i:<!doctype html>)\\s*")
_TOKEN = re.compile(
    rf"([^<&]+(?:{_REFERENCE}[^<&]*)*|(?:{_REFERENCE}[^<&]*)+)"
    rf"""|<([a-z][a-z0-9]*)((?:\s+[a-z][a-z0-9.-]*(?:="[^"&]*(?:{_REFERENCE}[^"&]*)*"|='[^'&]*')?)*)\s*/?>"""
    r"|</([a-z][a-z0-9]*)>"
)
_ATTRIBUTE = re.compile(r"""\s+([a-z0-9.-]+)(?:=(?:"([^"]*)"|'([^']*)'))?""")
_known: dict[tuple[str, ...], bool] = {}


def read(text: str) -> Element:
    """Return the tree of a page; any error in its HTML raises html5lib's ParseError."""
    try:
        shape, tree = _put_together(re.sub("\r\n?", "\n", text))
    except _NotPlain:
        return _strictly(text)
    if _known.get(shape):
        return tree
    strict = _strictly(text)
    _known[shape] = _same(tree, strict)
    return strict


def _strictly(text: str) -> Element:
    builder = html5lib.getTreeBuilder("etree")
    parser = html5lib.HTMLParser(builder, strict=True, namespaceHTMLElements=False)
    tree: Element = parser.parse(text)
    return tree


class _NotPlain(Exception):
    """Only html5lib can tell what this is."""


class _Builder:
    """Puts plain tokens together that close what they open, and notes the shape."""

    def __init__(self) -> None:
        self.shape: list[str] = []
        self.root = Element("page")
        self.open = [self.root]
        self.last: Element | None = None  # closed; further words stand behind it

    def words(self, words: str) -> None:
        self.shape.append("words" if words.strip(" \n") else "")
        inside = self.open[-1]
        if "&" in words:
            if inside.tag in ("script", "style"):
                raise _NotPlain
            words = unescape(words)
        if self.last is not None:
            self.last.tail = words
        else:
            inside.text = words.removeprefix("\n") if inside.tag == "textarea" else words

    def start(self, tag: str, attributes: str) -> None:
        element = Element(tag)
        self.shape.append(tag)
        for name, value, quoted in _ATTRIBUTE.findall(attributes):
            self.shape.append(name)
            element.set(name, unescape(value) if "&" in value else value or quoted)
        if tag == "input" and element.get("type", "").lower() == "hidden":
            self.shape.append("hidden")
        self.open[-1].append(element)
        self.last = element if tag in voidElements else None
        if self.last is None:
            self.open.append(element)

    def end(self, tag: str) -> None:
        self.shape.append("/" + tag)
        self.last = self.open.pop()
        if self.last.tag != tag:
            raise _NotPlain


def _put_together(text: str) -> tuple[tuple[str, ...], Element]:
    start = _START.match(text)
    if start is None or _ODD.search(text):
        raise _NotPlain
    page, at = _Builder(), start.end()
    for token in _TOKEN.finditer(text, at):
        if token.start() != at:
            raise _NotPlain
        at = token.end()
        words, tag, attributes, end = token.groups()
        if words is not None:
            page.words(words)
        elif end is not None:
            page.end(end)
        else:
            page.start(tag, attributes)
    if at != len(text) or len(page.open) != 1 or len(page.root) != 1:
        raise _NotPlain
    return tuple(page.shape), page.root[0]


def _same(one: Element, other: Element) -> bool:
    """Say whether two trees are the same but for spaces between their elements."""
    return (
        (one.tag, one.attrib) == (other.tag, other.attrib)
        and _bare(one.text) == _bare(other.text)
        and _bare(one.tail) == _bare(other.tail)
        and len(one) == len(other)
        and all(map(_same, one, other))
    )


def _bare(words: str | None) -> str:
    return (words or "").strip(" \n")
