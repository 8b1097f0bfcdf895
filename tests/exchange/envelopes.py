"""Envelopes written by hand, as any program may write them."""

import base64
import hashlib
import os
import uuid
from datetime import UTC, datetime

import requests

from exchange.contract import SOAP11, SOAP12
from exchange.signatures import WSSE, WSU

DIGEST = (
    "http://docs.oasis-open.org/wss/2004/01/"
    "oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
)
MEDIA = {SOAP11: "text/xml; charset=utf-8", SOAP12: "application/soap+xml; charset=utf-8"}
REGISTRY = "urn:th:excise:exchange:taxpayer-registry:v1"


def token(user: str, password: str, *, nonce: bytes = b"", created: str = "") -> str:
    """A UsernameToken with a digest."""
    nonce = nonce or os.urandom(16)
    created = created or datetime.now(UTC).isoformat()
    digest = hashlib.sha1(nonce + created.encode() + password.encode()).digest()
    return (
        f'<w:Security xmlns:w="{WSSE[1:-1]}" xmlns:u="{WSU[1:-1]}"><w:UsernameToken>'
        f"<w:Username>{user}</w:Username>"
        f'<w:Password Type="{DIGEST}">{base64.b64encode(digest).decode()}</w:Password>'
        f"<w:Nonce>{base64.b64encode(nonce).decode()}</w:Nonce>"
        f"<u:Created>{created}</u:Created></w:UsernameToken></w:Security>"
    )


def header(agency: str = "RD", **changes: str) -> str:
    """The contract's own header, the first child of every request."""
    told = {
        "messageId": str(uuid.uuid4()),
        "senderAgency": agency,
        "senderSystem": "test",
        "userId": "somchai",
        "purpose": "<legalBasis>พ.ร.บ. ภาษีสรรพสามิต</legalBasis>",
        "sentAt": datetime.now(UTC).isoformat(),
        "protocolVersion": "1.0",
    } | changes
    return "<header>" + "".join(f"<{n}>{v}</{n}>" for n, v in told.items()) + "</header>"


def get_taxpayer(tax_id: str = "0105558096348", *, head: str = "") -> str:
    inside = f"{head or header()}<taxId>{tax_id}</taxId>"
    return f'<GetTaxpayer xmlns="{REGISTRY}">{inside}</GetTaxpayer>'


def envelope(payload: str, *, security: str = "", version: str = SOAP11) -> bytes:
    head = f"<s:Header>{security}</s:Header>" if security else ""
    return (
        f'<?xml version="1.0"?><s:Envelope xmlns:s="{version}">{head}'
        f"<s:Body>{payload}</s:Body></s:Envelope>"
    ).encode()


def post(door, data, *, service="taxpayer-registry", version=SOAP11, **headers):
    """Send bytes; return the answer as it came."""
    headers = {"Content-Type": MEDIA[version]} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    url = f"{door.url}/ws/{service}/v1"
    sent = {name: value for name, value in headers.items() if value is not None}
    return requests.post(url, data=data, headers=sent, timeout=30, allow_redirects=False)


def fault_code(answer) -> str:
    """The code in the typed detail; fails when the answer is no fault of ours."""
    from lxml import etree

    assert "html" not in answer.headers["Content-Type"]
    root = etree.fromstring(answer.content)
    (detail,) = root.xpath("//*[local-name()='ServiceFault']")
    return str(detail.findtext("{*}code"))
