"""A delivery of 10,000 sales by SOAP, against lxml that parses and validates it and no more."""

import dataclasses
import uuid
from datetime import UTC, datetime

from lxml import etree

from benchmarks.timing import lines, side_by_side
from exchange.binder import decode, encode
from exchange.contract import SAFE, SOAP11, Contract
from exchange.messages import third_party_data as messages
from exchange.messages.frame import Purpose, RequestHeader
from exchange.wire import read_envelope

RECORDS = 10_000


def ratios() -> list[str]:
    """Read, validate and decode the delivery."""
    contract = Contract("third-party-data", messages)
    raw = _envelope(contract)

    def limit() -> object:
        return etree.fromstring(raw, etree.XMLParser(schema=contract.messages, **SAFE))

    def ours() -> object:
        chunks = (raw[place : place + 16_384] for place in range(0, len(raw), 16_384))
        envelope = read_envelope(chunks, None, contract)
        return decode(envelope.payload, messages.SubmitVatSales, contract.namespace)

    best = side_by_side({"lxml: parse and validate": limit, "ours, typed": ours}, rounds=5)
    return lines(f"{RECORDS:,} records by SOAP, {len(raw) / 1e6:.1f} MB", best)


def _envelope(contract: Contract) -> bytes:
    header = RequestHeader(
        message_id=str(uuid.uuid4()),
        sender_agency="RD",
        sender_system="bench",
        user_id="bench",
        purpose=Purpose(legal_basis="bench"),
        sent_at=datetime.now(UTC),
        protocol_version="1.0",
    )
    record = messages.SaleRecord(
        client_ref="r",
        document_no="INV",
        line_no="1",
        document_type="388",
        tax_id="0105558096348",
        branch="00000",
        document_date="2026-10-05",
        product_code="8850124003225",
        quantity="12",
        amount="1250.50",
        vat="87.54",
    )
    records = tuple(
        dataclasses.replace(record, client_ref=f"r{n}", document_no=f"INV-{n}")
        for n in range(RECORDS)
    )
    request = messages.SubmitVatSales(header=header, document_no="bench", record=records)
    body = encode(request, contract.namespace)
    return f'<s:Envelope xmlns:s="{SOAP11}"><s:Body>{body}</s:Body></s:Envelope>'.encode()
