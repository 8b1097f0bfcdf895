"""A published contract: WSDL and XSD from the package, and the types that must agree with it."""

import enum
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

from lxml import etree

from exchange.binder import slots_of
from exchange.messages.frame import ServiceFault

FOLDER = Path(__file__).parent / "contracts"
SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
XS = "{http://www.w3.org/2001/XMLSchema}"
WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
WSDL_SOAP = "{http://schemas.xmlsoap.org/wsdl/soap/}"
# Every line of it answers an attack; see docs/decisions/0009-bindings.md.
SAFE: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": False,
}
_SIMPLE = {
    "token": str,
    "int": int,
    "decimal": Decimal,
    "boolean": bool,
    "date": date,
    "dateTime": datetime,
}


class ContractBroken(Exception):
    """The types of `messages` and the contract say different things: do not start."""


@dataclass(frozen=True)
class Operation:
    """One operation, with the types of what comes and what goes."""

    name: str
    action: str
    right: str
    input: type
    output: type


class Contract:
    """One service, version 1: what it accepts, what it answers, what it publishes."""

    def __init__(self, service: str, messages: ModuleType, folder: Path = FOLDER) -> None:
        """Read and compile the contract; raises ContractBroken when the types differ."""
        self.service, self.path = service, f"/ws/{service}/v1"
        self.namespace = f"urn:th:excise:exchange:{service}:v1"
        self._wsdl = _flat_wsdl(folder, service)
        tree = _parsed(self._wsdl)
        schema = tree.find(f"{WSDL}types/{XS}schema")
        assert schema is not None
        self.payload = etree.XMLSchema(schema)
        self.messages = _with_envelopes(folder, service, self.namespace)
        self._locating = threading.Lock()
        self.operations = {
            f"{{{self.namespace}}}{each.name}": each for each in self._operations(tree, messages)
        }
        _require_agreement(schema, self.operations.values())

    def _operations(self, tree: etree._Element, messages: ModuleType) -> Iterator[Operation]:
        for node in tree.iterfind(f"{WSDL}binding/{WSDL}operation"):
            action = node.find(f"{WSDL_SOAP}operation")
            if action is not None:  # each stands in a binding for SOAP 1.2 again
                name = str(node.get("name"))
                yield Operation(
                    name,
                    str(action.get("soapAction")),
                    f"{self.service}.{name}",
                    _type(messages, name),
                    _type(messages, f"{name}Response"),
                )

    def wsdl(self, base_url: str) -> bytes:
        """Return the WSDL in one file, with the address of this installation.

        The XSD is put in as text: moved as a tree it would lose declarations that
        only the values of attributes use, and clients would read types as nothing.
        """
        return self._wsdl.replace(b"http://localhost/ws/", f"{base_url}/ws/".encode())

    def violations(self, root: etree._Element) -> list[tuple[int, str]]:
        """Return where a message breaks the contract: line (0 unknown) and what libxml2 says.

        Only for few errors: a tree is searched anew for each of them.
        """
        with self._locating:  # the log belongs to the schema, not to the call
            self.messages.validate(root)
            log: Any = self.messages.error_log
            return [(entry.line, entry.message) for entry in log]


def _type(messages: ModuleType, name: str) -> type:
    found = getattr(messages, name, None)
    if not isinstance(found, type):
        raise ContractBroken(f"{messages.__name__} has no {name}")
    return found


def _parsed(text: bytes, base: Path = FOLDER / "made-up.xml") -> etree._Element:
    return etree.fromstring(text, etree.XMLParser(**SAFE), base_url=str(base))


def _flat_wsdl(folder: Path, service: str) -> bytes:
    wsdl = (folder / f"{service}-v1.wsdl").read_bytes()
    xsd = _inside((folder / f"{service}-v1.xsd").read_bytes(), b"<xs:schema", with_tag=True)
    frame = _inside((folder / "frame.xsd").read_bytes(), b"<xs:schema", with_tag=False)
    whole = xsd.replace(b'  <xs:include schemaLocation="frame.xsd"/>\n', frame)
    head, opening, rest = wsdl.partition(b"<wsdl:types>\n")
    return head + opening + whole + b"  " + rest[rest.index(b"</wsdl:types>") :]


def _inside(text: bytes, tag: bytes, *, with_tag: bool) -> bytes:
    start, end = text.index(tag), text.index(b"</xs:schema>")
    if with_tag:
        return text[start:end] + b"</xs:schema>\n"
    return text[text.index(b">\n", start) + 2 : end]


def _with_envelopes(folder: Path, service: str, namespace: str) -> etree.XMLSchema:
    files = {SOAP11: "soap11.xsd", SOAP12: "soap12.xsd", namespace: f"{service}-v1.xsd"}
    imports = "".join(
        f'<xs:import namespace="{name}" schemaLocation="{file}"/>' for name, file in files.items()
    )
    driver = f'<xs:schema xmlns:xs="{XS[1:-1]}">{imports}</xs:schema>'
    return etree.XMLSchema(_parsed(driver.encode(), folder / "messages.xsd"))


# The comparison of the types with the contract


def _require_agreement(schema: etree._Element, operations: Any) -> None:
    named = {str(node.get("name")): node for node in schema if node.get("name")}
    types = [ServiceFault, *(cls for each in operations for cls in (each.input, each.output))]
    if found := [fault for cls in types for fault in _differences(named, cls)]:
        raise ContractBroken("; ".join(dict.fromkeys(found)))


def _differences(named: Mapping[str, etree._Element], cls: type) -> Iterator[str]:
    node = named.get(cls.__name__)
    told = [] if node is None else list(_declared(node))
    ours = [(slot.tag, slot.many, slot.optional) for slot in slots_of(cls)]
    if [each[:3] for each in told] != ours:
        yield f"{cls.__name__}: the contract has {[each[:3] for each in told]}, the type {ours}"
        return
    for slot, (_tag, _many, _optional, type_name) in zip(slots_of(cls), told, strict=True):
        if is_dataclass(slot.kind):
            if slot.kind.__name__ != type_name:
                yield f"{cls.__name__}.{slot.tag}: {type_name} is not {slot.kind.__name__}"
            yield from _differences(named, slot.kind)
        elif not _is_same_simple(named, type_name, slot.kind):
            yield f"{cls.__name__}.{slot.tag}: {type_name} is not {slot.kind.__name__}"


def _declared(node: etree._Element) -> Iterator[tuple[str, bool, bool, str]]:
    for element in node.iter(f"{XS}element"):
        if element is node:
            continue
        parent = element.getparent()
        chosen = parent is not None and parent.tag == f"{XS}choice"
        many = element.get("maxOccurs", "1") != "1"
        optional = not many and (chosen or element.get("minOccurs") == "0")
        yield str(element.get("name")), many, optional, str(element.get("type"))


def _is_same_simple(named: Mapping[str, etree._Element], type_name: str, kind: type) -> bool:
    restriction = None
    while (node := named.get(type_name)) is not None:
        restriction = node.find(f"{XS}restriction")
        if restriction is None:
            return False
        type_name = str(restriction.get("base"))
    values = () if restriction is None else restriction.findall(f"{XS}enumeration")
    if issubclass(kind, enum.Enum):
        return [value.get("value") for value in values] == [member.value for member in kind]
    return not values and _SIMPLE.get(type_name.removeprefix("xs:")) is kind
