"""Reading what a stranger sends: bounded, without entities, against the contract, once."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from lxml import etree

from exchange.contract import SAFE, SOAP11, SOAP12, Contract
from exchange.faults import SoapFault, malformed, violation

MAX_BYTES = 16 << 20
MAX_ERRORS = 20
_CHUNK = 16_384
XROAD = "http://x-road.eu/xsd/xroad.xsd"
_SECURITY_NAMESPACE = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
)
SECURITY = f"{{{_SECURITY_NAMESPACE}}}Security"
_FOR_US = {
    None,
    "",
    "http://schemas.xmlsoap.org/soap/actor/next",
    f"{SOAP12}/role/next",
    f"{SOAP12}/role/ultimateReceiver",
}


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A message that its contract accepts; `raw` is every byte of it, unpacked."""

    version: str
    raw: bytes
    root: etree._Element
    header: list[etree._Element]
    body: etree._Element
    payload: etree._Element

    def xroad(self) -> list[etree._Element]:
        """Return the header blocks of X-Road, which every answer repeats in their order."""
        own = f"{{{XROAD}}}"
        return [each for each in self.header if _tag(each).startswith(own)]


class _Discard:
    """A parser's target that builds nothing, so that only the schema's word remains."""

    def close(self) -> None:
        return None


def unpacked(read: Callable[[int], bytes], coding: str) -> Iterator[bytes]:
    """Yield the request in pieces; more than MAX_BYTES, packed or not, is a fault."""
    if coding not in ("", "identity", "gzip"):
        raise malformed(f"Content-Encoding {coding[:40]} is not supported", status=415)
    inflate = zlib.decompressobj(16 + zlib.MAX_WBITS) if coding == "gzip" else None
    total = 0
    while raw := read(_CHUNK):
        while raw:
            data, raw = raw, b""
            if inflate:
                data, raw = _inflated(inflate, data)
            total += len(data)
            if total > MAX_BYTES:
                raise SoapFault("Client.PayloadTooLarge", status=413)
            yield data
    if inflate and not inflate.eof:
        raise malformed("the gzip stream is cut off")


def _inflated(inflate: Any, packed: bytes) -> tuple[bytes, bytes]:
    try:
        return inflate.decompress(packed, _CHUNK), inflate.unconsumed_tail
    except zlib.error as error:
        raise malformed("the gzip stream is damaged") from error


def read_envelope(chunks: Iterable[bytes], charset: str | None, contract: Contract) -> Envelope:
    """Parse a message and hold it against its contract; anything wrong is a fault.

    Two push parsers read side by side. One builds the tree and knows whether it is
    well formed. The other validates, keeps nothing, and stops us after MAX_ERRORS: a
    push parser with a schema accepts what is not well formed, so alone it proves
    nothing, and to validate a finished tree takes time by the square of its errors.
    """
    raw = bytearray()
    try:
        tree = etree.XMLParser(encoding=charset, **SAFE)
        check = etree.XMLParser(
            target=cast(Any, _Discard()), schema=contract.messages, encoding=charset, **SAFE
        )
    except LookupError as error:
        raise malformed("the charset is unknown") from error
    root = None
    try:
        for data in chunks:
            raw += data
            tree.feed(data)
            check.feed(data)
            if len(check.feed_error_log) > MAX_ERRORS:
                break
        else:
            root = tree.close()
            check.close()
    except etree.XMLSyntaxError as error:
        if not _schema_errors(check):
            raise malformed(f"not well-formed XML: {error}") from error
    if root is not None:
        _require_plain(root)
    if _schema_errors(check):
        raise _contract_fault(check, root, contract)
    assert root is not None
    return _envelope(bytes(raw), root)


def _schema_errors(check: Any) -> list[str]:
    return [entry.message for entry in list(check.feed_error_log)[:MAX_ERRORS]]


def _contract_fault(check: Any, root: etree._Element | None, contract: Contract) -> SoapFault:
    errors = _schema_errors(check)
    if any("available for the validation root" in each for each in errors):
        return SoapFault("Client.UnsupportedVersion", soap_code="VersionMismatch")
    if any("demanded by the strict wildcard" in each for each in errors):
        return SoapFault("Client.UnknownOperation", violations=(violation(errors[0]),))
    found = [(0, each) for each in errors]
    if root is not None and len(errors) < MAX_ERRORS:
        found = contract.violations(root)  # the same again, now with its lines
    violations = tuple(violation(message, line=line) for line, message in found)
    return SoapFault("Client.SchemaViolation", violations=violations)


def _require_plain(root: etree._Element) -> None:
    strange, info = (etree.PI, etree.Entity), cast(Any, root.getroottree().docinfo)
    if info.doctype or next(root.iter(*strange), None) is not None:
        raise malformed("DTDs, entities and processing instructions are not allowed")


def _envelope(raw: bytes, root: etree._Element) -> Envelope:
    body = root[-1]
    return Envelope(
        version=_tag(root)[1:].partition("}")[0],
        raw=raw,
        root=root,
        header=list(root[0]) if len(root) > 1 else [],
        body=body,
        payload=body[0],
    )


def require_understood(envelope: Envelope) -> None:
    """Refuse a message whose sender insists on a header we do not know."""
    version = envelope.version
    role = f"{{{version}}}{'actor' if version == SOAP11 else 'role'}"
    strange = tuple(
        _tag(block)
        for block in envelope.header
        if block.get(f"{{{version}}}mustUnderstand", "0").strip() in ("1", "true")
        and block.get(role) in _FOR_US
        and _tag(block) != SECURITY
        and not _tag(block).startswith(f"{{{XROAD}}}")
    )
    if strange:
        raise SoapFault(
            "Client.HeaderNotUnderstood", soap_code="MustUnderstand", not_understood=strange
        )


def _tag(element: etree._Element) -> str:
    return str(element.tag)
