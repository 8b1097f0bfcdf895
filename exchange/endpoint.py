"""One address of one service: HTTP in, HTTP out, never a page."""

import logging
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask import Response, request
from lxml import etree
from sqlalchemy.exc import DBAPIError

from exchange.calls import Desk
from exchange.contract import SOAP11, SOAP12
from exchange.faults import MEDIA_TYPES, SoapFault, body_of, malformed, not_understood_blocks
from exchange.wire import XROAD, read_envelope, require_understood, unpacked
from excise import metrics
from excise.db import is_outage
from excise.errors import Unavailable
from excise.logs import error_facts

LOG = logging.getLogger("excise.exchange")


@dataclass
class _Exchange:
    """What the answer needs to know of the request, as far as it has been read."""

    version: str
    operation: str = "none"
    correlation_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    xroad: list[etree._Element] = field(default_factory=list)


def answer(desk: Desk, *, base_url: str) -> Response:
    """Answer one request to the service."""
    if request.method in ("GET", "HEAD"):
        return _contract(desk, base_url)
    media = request.mimetype
    told = _Exchange(SOAP12 if media == MEDIA_TYPES[SOAP12] else SOAP11)
    fault, body = None, ""
    try:
        body = _answered(desk, told)
    except SoapFault as refusal:
        fault = refusal
        _tell(desk, told, refusal)
    except Exception as error:  # whatever it is, the caller gets a SOAP answer
        fault = _of_ours(error)
        _tell(desk, told, fault, error)
    blocks = "".join(_as_it_came(block) for block in told.xroad)
    if fault:
        body = body_of(
            fault,
            version=told.version,
            namespace=desk.contract.namespace,
            correlation_id=told.correlation_id,
        )
        blocks += not_understood_blocks(fault) if told.version == SOAP12 else ""
    return Response(
        _enveloped(told.version, blocks, body),
        fault.http_status(told.version) if fault else 200,
        content_type=f"{MEDIA_TYPES[told.version]}; charset=utf-8",
    )


def no_service() -> Response:
    """Answer a message to an address where no service is; there is no contract to detail it."""
    version = SOAP12 if request.mimetype == MEDIA_TYPES[SOAP12] else SOAP11
    body = body_of(
        SoapFault("Client.UnknownOperation"),
        version=version,
        namespace="urn:th:excise:exchange",
        correlation_id=str(uuid.uuid4()),
    )
    content_type = f"{MEDIA_TYPES[version]}; charset=utf-8"
    return Response(_enveloped(version, "", body), 404, content_type=content_type)


def _contract(desk: Desk, base_url: str) -> Response:
    if "wsdl" in {name.lower() for name in request.args}:
        # The address is ours by the settings: a Host header could name anybody's.
        return Response(desk.contract.wsdl(base_url), content_type="text/xml; charset=utf-8")
    words = "This address answers SOAP by POST; its contract is at ?wsdl.\n"
    return Response(words, 405, {"Allow": "POST"}, content_type="text/plain; charset=utf-8")


def _answered(desk: Desk, told: _Exchange) -> str:
    if request.mimetype not in MEDIA_TYPES.values():
        raise malformed("Content-Type must be text/xml or application/soap+xml", status=415)
    coding = request.headers.get("Content-Encoding", "").strip().lower()
    envelope = read_envelope(
        unpacked(request.stream.read, coding),
        request.mimetype_params.get("charset"),
        desk.contract,
    )
    told.version = envelope.version  # the envelope names the version, not the media type
    require_understood(envelope)
    told.operation = desk.name_of(envelope)
    told.xroad = [block for block in envelope.xroad() if block.tag != f"{{{XROAD}}}requestHash"]
    return desk.answer(envelope, _action(told.version), at=datetime.now(UTC))


def _action(version: str) -> str:
    if version == SOAP12:
        return request.mimetype_params.get("action", "").strip().strip('"')
    return request.headers.get("SOAPAction", "").strip().strip('"')


def _of_ours(error: Exception) -> SoapFault:
    """Say that it is our fault, and whether trying again later may help."""
    away = is_outage(error)
    if away:
        metrics.outages.labels("exchange").inc()
    down = away or isinstance(error, Unavailable)
    return SoapFault("Server.Unavailable" if down else "Server.Internal")


def _tell(desk: Desk, told: _Exchange, fault: SoapFault, error: Exception | None = None) -> None:
    """Log and count a refusal: which, and where; never what was being said."""
    service = desk.contract.service
    metrics.soap_calls.labels(service, told.operation, fault.code).inc()
    fields: dict[str, Any] = {
        "service": service,
        "operation": told.operation,
        "outcome": fault.code,
        "correlation": told.correlation_id,
    }
    if fault.__cause__:
        fields["cause"] = type(fault.__cause__).__name__
    if error:  # its words may hold what was sent, unless they are the database's
        fields["error"] = error_facts(error, words=isinstance(error, DBAPIError))
    LOG.log(logging.ERROR if error else logging.INFO, "agency's message refused", extra=fields)


def _as_it_came(block: etree._Element) -> str:
    written = etree.tostring(block, method="c14n", exclusive=True, with_tail=False)
    return bytes(written).decode()


def _enveloped(version: str, blocks: str, body: str) -> str:
    header = f"<s:Header>{blocks}</s:Header>" if blocks else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<s:Envelope xmlns:s="{version}">{header}<s:Body>{body}</s:Body></s:Envelope>'
    )
