"""Four repairs that strict PDF/A-3a and PDF/UA-1 validators ask of WeasyPrint 70.

Runs as WeasyPrint's public `finisher`. Delete a repair when its test passes
without it.
"""

import re
from collections.abc import Iterator
from typing import Any

import pydyf

Objects = list[Any]


def finish(_document: object, pdf: pydyf.PDF) -> None:
    """Repair metadata, attachments, margin boxes and table heads in place."""
    _join_metadata(pdf)
    if "AF" in pdf.catalog:  # each attachment is listed twice
        pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))
    root = _object(pdf.objects, pdf.catalog["StructTreeRoot"])
    read = _reading_order(pdf.objects, root)
    _set_aside_margins(pdf.objects, root, read)
    for number in read:
        if pdf.objects[number].get("S") == "/TH":
            _say_what_it_heads(pdf.objects, pdf.objects[number])


def _join_metadata(pdf: pydyf.PDF) -> None:
    """Merge the extra RDF that WeasyPrint appends: a packet holds one."""
    metadata = _object(pdf.objects, pdf.catalog["Metadata"])
    metadata.stream = [re.sub(rb"</rdf:RDF>\s*<rdf:RDF[^>]*>", b"", metadata.stream[0])]


def _reading_order(objects: Objects, root: Any) -> set[int]:
    """Return the numbers of the elements that the structure tree reaches."""
    reached: set[int] = set()
    waiting = list(_references(root["K"]))
    while waiting:
        number = waiting.pop()
        if number not in reached:
            reached.add(number)
            waiting += _references(objects[number].get("K", []))
    return reached


def _set_aside_margins(objects: Objects, root: Any, read: set[int]) -> None:
    """Mark page numbers and the like as artifacts: they stand outside the reading order."""
    parents = _object(objects, root["ParentTree"])["Nums"][1::2]
    pages = (o for o in objects if isinstance(o, dict) and o.get("Type") == "/Page")
    for page, owners in zip(pages, parents, strict=False):  # annotations follow the pages
        outside = {i for i, owner in enumerate(owners) if _number(owner) not in read}
        for i in outside:
            owners[i] = "null"
        operators = _object(objects, page["Contents"]).stream
        for at, operand in enumerate(operators):
            if isinstance(operand, pydyf.Dictionary) and operand.get("MCID") in outside:
                operators[at - 1 : at + 1] = [
                    "/Artifact",
                    pydyf.Dictionary({"Type": "/Pagination"}),
                ]


def _say_what_it_heads(objects: Objects, header: Any) -> None:
    """Tell screen readers whether a table head belongs to its column or its row."""
    row = _object(objects, header["P"])
    group = _object(objects, row["P"])
    header["A"]["Scope"] = "/Column" if group.get("S") == "/THead" else "/Row"


def _object(objects: Objects, reference: bytes) -> Any:
    return objects[_number(reference)]


def _number(reference: bytes) -> int:
    return int(reference.split()[0])


def _references(value: Any) -> Iterator[int]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, bytes) and item.endswith(b" R"):
            yield _number(item)
