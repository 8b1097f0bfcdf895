"""Our own services as an agency or a bank calls them: strict, bounded, with a careful log.

Plain zeep takes wrong replies for right ones (a third decimal, another element, nothing
at all) and reads them without limit; here every reply is held against the contract.
"""

import io
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
import xmlsec
import zeep
import zeep.exceptions
import zeep.transports
from lxml import etree
from requests.adapters import HTTPAdapter
from zeep.wsse import utils
from zeep.wsse.signature import BinarySignature
from zeep.wsse.username import UsernameToken

from exchange.contract import SAFE, Contract
from exchange.offered import SERVICES
from exchange.signatures import WSU

log = logging.getLogger(__name__)
MAX_BYTES = 32 << 20
SECRETS = ("Password", "Nonce", "BinarySecurityToken", "SignatureValue", "code")
_LIFE = timedelta(minutes=4)
Operation = Callable[..., Any]


class BrokenReply(Exception):
    """The reply is not what the contract promises; nothing in it may be believed."""


class _Transport(zeep.transports.Transport):
    """HTTP with time limits, a size limit, no redirects and no settings of the machine."""

    def __init__(self, timeout_seconds: tuple[int, int]) -> None:
        session = requests.Session()
        session.trust_env = False
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter(max_retries=0, pool_maxsize=16))
        super().__init__(operation_timeout=timeout_seconds, session=session)

    def post(self, address: str, message: Any, headers: Any) -> requests.Response:
        """Send a message; a reply that does not end is cut off with BrokenReply."""
        with self.session.post(
            address,
            data=message,
            headers=headers,
            timeout=self.operation_timeout,
            stream=True,
            allow_redirects=False,
        ) as reply:
            body = bytearray()
            for chunk in reply.iter_content(65_536):
                body += chunk
                if len(body) > MAX_BYTES:
                    raise BrokenReply(f"more than {MAX_BYTES} bytes")
            reply._content = bytes(body)  # zeep reads it from here
            return reply


class _Checked(zeep.Plugin):
    """Logs both directions without secrets; refuses replies that break the contract."""

    def __init__(self, contract: Contract) -> None:
        self._schema = contract.payload

    def egress(self, envelope: Any, http_headers: Any, operation: Any, _options: Any) -> Any:
        _log("out", operation.name, envelope)
        return envelope, http_headers

    def ingress(self, envelope: Any, http_headers: Any, operation: Any) -> Any:
        _log("in", operation.name, envelope)
        body = envelope.find("{*}Body")
        if body is None or len(body) != 1:
            raise BrokenReply(f"{operation.name}: no single payload")
        payload = body[0]
        is_fault = etree.QName(payload).localname == "Fault"
        for part in (
            payload.xpath("*[contains('detail Detail', local-name())]/*") if is_fault else [payload]
        ):
            self._require_valid(part, operation.name)
        return envelope, http_headers

    def _require_valid(self, payload: Any, name: str) -> None:
        # A parser's log is this reply's alone; the schema's own would be everybody's.
        parser = etree.XMLParser(schema=self._schema, **SAFE)
        try:
            etree.fromstring(etree.tostring(payload, encoding="utf-8"), parser)
        except etree.XMLSyntaxError as error:
            raise BrokenReply(f"{name}: {error}") from error


def _log(direction: str, name: str, envelope: Any) -> None:
    if not log.isEnabledFor(logging.DEBUG):
        return
    copy = etree.fromstring(etree.tostring(envelope), etree.XMLParser(**SAFE))
    for element in copy.iter(*(f"{{*}}{each}" for each in SECRETS)):
        element.text = "***"
    log.debug("%s %s %s", direction, name, etree.tostring(copy, encoding="unicode"))


class _Signature(BinarySignature):
    """Signs Body and Timestamp with SHA-256; zeep alone would use SHA-1 and no Timestamp."""

    def __init__(self, key: Path, certificate: Path) -> None:
        super().__init__(
            str(key),
            str(certificate),
            signature_method=xmlsec.constants.TransformRsaSha256,
            digest_method=xmlsec.constants.TransformSha256,
        )

    def apply(self, envelope: Any, headers: Any) -> Any:
        """Add the Timestamp that the signature then covers."""
        now = datetime.now(UTC)
        stamp = etree.SubElement(utils.get_security_header(envelope), f"{WSU}Timestamp")
        for name, at in (("Created", now), ("Expires", now + _LIFE)):
            etree.SubElement(stamp, f"{WSU}{name}").text = at.isoformat(timespec="milliseconds")
        return super().apply(envelope, headers)

    def verify(self, envelope: Any) -> Any:
        """Take replies unsigned: the transport's own certificate vouches for them."""
        return envelope


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who calls: an agency with its password, or with key and certificate (PEM files)."""

    agency: str
    password: str = ""
    key: Path | None = None
    certificate: Path | None = None
    system: str = "demo"
    user: str = "batch"
    legal_basis: str = "พ.ร.บ. ภาษีสรรพสามิต พ.ศ. 2560"

    def token(self) -> Any:
        """Return what proves it to WS-Security."""
        if self.key and self.certificate:
            return _Signature(self.key, self.certificate)
        return UsernameToken(self.agency, self.password, use_digest=True)


class Service:
    """One of our services, ready to call: `service.call("GetTaxpayer", taxId=…)`."""

    def __init__(self, contract: Contract, base_url: str, caller: Caller, options: Any) -> None:
        """Read the contract; nothing is fetched over the network but the calls themselves."""
        version, timeout_seconds = options
        self._caller = caller
        self.client = zeep.Client(
            io.BytesIO(contract.wsdl(base_url)),
            wsse=caller.token(),
            transport=_Transport(timeout_seconds),
            plugins=[_Checked(contract)],
            settings=zeep.Settings(
                strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True
            ),
        )
        binding = next(
            name for name in self.client.wsdl.bindings if name.endswith(version.replace(".", ""))
        )
        self.proxy = self.client.create_service(binding, base_url + contract.path)

    def call(self, operation: str, /, message_id: str = "", **body: Any) -> Any:
        """Say something; to say it again after a lost reply, give the same `message_id`.

        Raises zeep's Fault for a fault (see `detail`), BrokenReply for a reply that is none.
        """
        return self.proxy[operation](header=self.header(message_id), **body)

    def header(self, message_id: str = "") -> dict[str, Any]:
        """Return the header of the next message."""
        return {
            "messageId": message_id or str(uuid.uuid4()),
            "senderAgency": self._caller.agency,
            "senderSystem": self._caller.system,
            "userId": self._caller.user,
            "purpose": {"legalBasis": self._caller.legal_basis},
            "sentAt": datetime.now(UTC),
            "protocolVersion": "1.0",
        }

    def detail(self, fault: zeep.exceptions.Fault) -> Any:
        """Return the typed detail of a fault: code, retryable, messageTh and so on."""
        element = fault.detail[0]
        types = self.client.wsdl.types
        return types.get_element(element.tag).parse(element, types)


def connect(
    service: str,
    base_url: str,
    caller: Caller,
    *,
    version: str = "1.1",
    timeout_seconds: tuple[int, int] = (3, 60),
) -> Service:
    """Return a service by its name in addresses, as "payment", for SOAP 1.1 or 1.2."""
    offered = next(each for each in SERVICES if each.name == service)
    return Service(offered.contract(), base_url, caller, (version, timeout_seconds))
