"""XML signatures in WS-Security: what exactly was signed, by which certificate.

xmlsec does the arithmetic; that the signature covers the Body we are going to obey is
checked here, by the identity of the element and not by its name.
"""

import base64
from collections.abc import Iterator
from datetime import datetime

import xmlsec
from cryptography import x509
from lxml import etree

from exchange.wire import Envelope

_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-"
_WSU = f"{_WSS}utility-1.0.xsd"
WSSE, WSU = f"{{{_WSS}secext-1.0.xsd}}", f"{{{_WSU}}}"
_DS = "http://www.w3.org/2000/09/xmldsig#"
DS = f"{{{_DS}}}"
SIGNATURE = f"{DS}Signature"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_ALLOWED = {
    "CanonicalizationMethod": {_EXCLUSIVE},
    "Transform": {_EXCLUSIVE, f"{_DS}enveloped-signature"},
    "DigestMethod": {"http://www.w3.org/2001/04/xmlenc#sha256"},
    "SignatureMethod": {f"{_MORE}rsa-sha256", f"{_MORE}ecdsa-sha256"},
}
_IDS = (f"{WSU}Id", "Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id")


class Untrusted(Exception):
    """The token proves nothing; the reason is for our log only."""


def only(parent: etree._Element, tag: str) -> etree._Element:
    """Return the one child of that name; two of them are a trick."""
    found = parent.findall(tag)
    if len(found) != 1:
        raise Untrusted(f"{len(found)} of {tag}")
    return found[0]


def text_of(parent: etree._Element, tag: str) -> str:
    """Return the text of the one child of that name."""
    return (only(parent, tag).text or "").strip()


def certificate_of(security: etree._Element) -> bytes:
    """Return the certificate that the message names, in DER form; it proves nothing yet."""
    return base64.b64decode(text_of(security, f"{WSSE}BinarySecurityToken"))


def check(
    envelope: Envelope, security: etree._Element, stamp: etree._Element, der: bytes, *, at: datetime
) -> bytes:
    """Verify that the certificate signed exactly this Body and this Timestamp.

    Returns the value of the signature. Raises Untrusted, ValueError or xmlsec.Error
    when anything about it is not as it must be.
    """
    signature = only(security, SIGNATURE)
    info = only(signature, f"{DS}SignedInfo")
    _require_valid(x509.load_der_x509_certificate(der), at=at)
    _require_allowed(info)
    signed = list(_signed(info, _elements_by_id(envelope.root)))
    if not any(each is envelope.body for each in signed) or not any(
        each is stamp for each in signed
    ):
        raise Untrusted("the signature must cover this Body and the Timestamp")
    _verify(signature, signed, der)
    return base64.b64decode(text_of(signature, f"{DS}SignatureValue"))


def _require_valid(certificate: x509.Certificate, *, at: datetime) -> None:
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise Untrusted("the certificate is not valid now")


def _require_allowed(info: etree._Element) -> None:
    for element in info.iter(etree.Element):
        name, algorithm = etree.QName(element).localname, element.get("Algorithm")
        if algorithm is not None and algorithm not in _ALLOWED.get(name, ()):
            raise Untrusted(f"{name} {algorithm} is not allowed")


def _elements_by_id(root: etree._Element) -> dict[str, etree._Element]:
    found: dict[str, etree._Element] = {}
    for element in root.iter(etree.Element):
        for name in _IDS:
            value = element.get(name)
            if value is not None:
                if value in found:  # the root of every signature wrapping
                    raise Untrusted("an Id stands twice")
                found[value] = element
    return found


def _signed(info: etree._Element, by_id: dict[str, etree._Element]) -> Iterator[etree._Element]:
    for reference in info.findall(f"{DS}Reference"):
        target = reference.get("URI", "")
        if target[:1] != "#" or target[1:] not in by_id:
            raise Untrusted("a reference leads nowhere")
        yield by_id[target[1:]]


def _verify(signature: etree._Element, signed: list[etree._Element], der: bytes) -> None:
    context = xmlsec.SignatureContext()
    # The key of the pinned certificate, never one that the message offers.
    context.key = xmlsec.Key.from_memory(der, xmlsec.constants.KeyDataFormatCertDer)
    for element in signed:
        if element.get(f"{WSU}Id"):
            context.register_id(element, "Id", _WSU)
        else:
            context.register_id(element, "Id")  # some clients sign a plain Id
    context.verify(signature)
