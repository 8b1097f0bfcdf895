"""Who is calling: a WS-Security password digest, or a signature by a pinned certificate.

Every cause of failure is one answer, so that nobody learns which part was right. Only
a token whose digest or signature holds may be told that it is stale or used up.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import xmlsec
from lxml import etree

from exchange import signatures
from exchange.faults import SoapFault
from exchange.signatures import WSSE, WSU, Untrusted, only, text_of
from exchange.wire import SECURITY, Envelope
from excise.agencies.models import Agency

SKEW = timedelta(minutes=5)
_SHORTEST_NONCE = 16
_NOBODY = "no agency has this password"


class Register(Protocol):
    """What is known of agencies, and the memory of tokens that all workers share."""

    def by_user(self, user_name: str) -> tuple[Agency, str] | None:
        """Return the agency of a user name with its password."""

    def by_certificate(self, sha256: str) -> Agency | None:
        """Return the agency of a certificate."""

    def first_use(self, token: str, *, until: datetime, at: datetime) -> bool:
        """Use a token up; False when it was used before."""


@dataclass(frozen=True, kw_only=True)
class _Proof:
    """Who it is, when that was said, for how long it holds, and what must not come again."""

    agency: Agency
    created: datetime
    expires: datetime
    token: str


def authenticate(envelope: Envelope, register: Register, *, at: datetime) -> Agency:
    """Return the agency that made this very message, or raise a SoapFault."""
    try:
        proof = _proof(envelope, register, at=at)
    except (Untrusted, ValueError, OverflowError, xmlsec.Error) as error:
        raise SoapFault("Client.AuthenticationFailed") from error
    if not (proof.created - SKEW <= at <= proof.expires):
        raise SoapFault("Client.StaleTimestamp")
    if not register.first_use(proof.token, until=proof.expires, at=at):
        raise SoapFault("Client.Replay")
    return proof.agency


def _proof(envelope: Envelope, register: Register, *, at: datetime) -> _Proof:
    blocks = [block for block in envelope.header if block.tag == SECURITY]
    if len(blocks) != 1:
        raise Untrusted(f"{len(blocks)} security headers")
    if blocks[0].find(signatures.SIGNATURE) is not None:
        return _by_signature(envelope, blocks[0], register, at=at)
    return _by_password(only(blocks[0], f"{WSSE}UsernameToken"), register)


def _by_password(token: etree._Element, register: Register) -> _Proof:
    """Check a digest of nonce, time and password (UsernameToken profile 1.1)."""
    told = only(token, f"{WSSE}Password")
    if not told.get("Type", "").endswith("#PasswordDigest"):
        raise Untrusted("the password must come as a digest")
    nonce, created = text_of(token, f"{WSSE}Nonce"), text_of(token, f"{WSU}Created")
    raw = base64.b64decode(nonce, validate=True)
    found = register.by_user(text_of(token, f"{WSSE}Username"))
    # Worked out for an unknown user too: the time taken tells nothing.
    password = found[1] if found else _NOBODY
    wanted = hashlib.sha1(raw + created.encode() + password.encode()).digest()  # noqa: S324  # the profile's
    given = base64.b64decode((told.text or "").strip(), validate=True)
    if not hmac.compare_digest(wanted, given) or not found or len(raw) < _SHORTEST_NONCE:
        raise Untrusted("the digest is wrong")
    moment = _moment(created)
    return _Proof(
        agency=found[0],
        created=moment,
        expires=moment + SKEW,
        token=_hashed(found[0].code, raw),
    )


def _by_signature(
    envelope: Envelope, security: etree._Element, register: Register, *, at: datetime
) -> _Proof:
    der = signatures.certificate_of(security)
    agency = register.by_certificate(hashlib.sha256(der).hexdigest())
    if agency is None:  # before the arithmetic, which a stranger's huge key would make long
        raise Untrusted("nobody's certificate")
    stamp = only(security, f"{WSU}Timestamp")
    value = signatures.check(envelope, security, stamp, der, at=at)
    created = _moment(text_of(stamp, f"{WSU}Created"))
    expires = created + SKEW
    if stamp.find(f"{WSU}Expires") is not None:
        expires = min(expires, _moment(text_of(stamp, f"{WSU}Expires")))
    return _Proof(
        agency=agency,
        created=created,
        expires=expires,
        token=_hashed(agency.code, value),
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise Untrusted("a time without its zone")
    return moment


def _hashed(agency_code: str, token: bytes) -> str:
    return hashlib.sha256(agency_code.encode() + b":" + token).hexdigest()
