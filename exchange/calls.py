"""One call from the first check to the stored answer.

The order is the contract's: authenticate, claim the message's number, do the business
in a savepoint, store the answer word for word, commit once, answer. A message that
comes again gets the very answer it got before, also when the caller lost it.
"""

import hashlib
import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from exchange.binder import decode, encode
from exchange.catalogue import Rejected, rejection
from exchange.contract import Contract, Operation
from exchange.faults import SoapFault, malformed, violation
from exchange.messages.frame import Acknowledgement, RequestHeader, ResponseHeader, Status
from exchange.security import authenticate
from exchange.wire import XROAD, Envelope
from excise import metrics
from excise.agencies import actions, queries
from excise.agencies.models import Agency, Message, MessageState
from excise.agencies.passwords import opened
from excise.config import Settings
from excise.db import Database
from excise.documents.store import Store
from excise.errors import ExciseError, Unavailable

LOG = logging.getLogger("excise.exchange")
PROTOCOL_VERSION = "1.0"
# A repeated message is sent at another moment; its number is what it is found by.
_NOT_COMPARED = {
    "message_id": "",
    "correlation_id": None,
    "sent_at": datetime.fromtimestamp(0, UTC),
}


@dataclass(frozen=True, kw_only=True)
class Call:
    """What an operation may know beside its request."""

    agency: Agency
    header: ResponseHeader
    content: bytes
    settings: Settings
    store: Store
    at: datetime


Serve = Callable[[Session, Any, Call], Any]


class KnownAgencies:
    """The register of agencies as `security` asks for it; each question is one transaction."""

    def __init__(self, database: Database, key: bytes) -> None:
        """Open passwords with the key of 32 bytes that sealed them."""
        self._database, self._key = database, key

    def by_user(self, user_name: str) -> tuple[Agency, str] | None:
        """Return the agency of a user name with its password."""
        with self._database.reading() as session:
            found = queries.by_user(session, user_name)
            return (found, opened(found.sealed_password, self._key)) if found else None

    def by_certificate(self, sha256: str) -> Agency | None:
        """Return the agency of a certificate."""
        with self._database.reading() as session:
            return queries.by_certificate(session, sha256)

    def first_use(self, token: str, *, until: datetime, at: datetime) -> bool:
        """Use a token up, whatever becomes of its message: it must not serve for another."""
        with self._database.transaction() as session:
            return actions.first_use(session, token, until=until, at=at)


class Desk:
    """Where the calls of one service are answered."""

    def __init__(
        self,
        contract: Contract,
        serve: Mapping[str, Serve],
        *,
        settings: Settings,
        database: Database,
    ) -> None:
        """Take the functions that do the work, by the name of their operation."""
        self.contract, self._serve = contract, serve
        self._settings, self._database = settings, database
        self._store = Store(settings.documents)
        self._agencies = KnownAgencies(database, settings.secret("agencies"))

    def answer(self, envelope: Envelope, action: str, *, at: datetime) -> str:
        """Return what stands in the Body of the answer; raises SoapFault."""
        operation = self._operation(envelope, action)
        agency = authenticate(envelope, self._agencies, at=at)
        request = decode(envelope.payload, operation.input, self.contract.namespace)
        _require_right(agency, operation, request.header)
        request_sha256 = self._store.put(envelope.raw)
        header = _response_header(request.header, request_sha256, at=at)
        call = Call(
            agency=agency,
            header=header,
            content=envelope.raw,
            settings=self._settings,
            store=self._store,
            at=at,
        )
        digest = digest_of(request, self.contract.namespace)
        with self._database.transaction() as session:
            known = actions.claim(session, agency.code, operation.name, header.message_id)
            if known is None:
                response = self._done(session, operation, request, call)
                written = encode(response, self.contract.namespace)
                session.add(self._logged(operation, call, digest, response, written))
                outcome = _outcome(response)
            elif known.digest == digest:
                written, outcome = as_replayed(known.response), "replayed"
            else:
                # The number belongs to the other message, so this answer is not kept.
                response = _refused(operation, header, Rejected("5002", field="header/messageId"))
                written, outcome = encode(response, self.contract.namespace), "rejected"
        self._tell(operation, call, outcome)
        return written

    def name_of(self, envelope: Envelope) -> str:
        """Return the operation that the message asks for, "none" if we do not have it."""
        operation = self.contract.operations.get(str(envelope.payload.tag))
        return operation.name if operation else "none"

    def _tell(self, operation: Operation, call: Call, outcome: str) -> None:
        metrics.soap_calls.labels(self.contract.service, operation.name, outcome).inc()
        fields = {
            "agency": call.agency.code,
            "operation": operation.right,
            "outcome": outcome,
            "server_message": call.header.server_message_id,
        }
        LOG.info("agency's message answered", extra=fields)

    def _operation(self, envelope: Envelope, action: str) -> Operation:
        operation = self.contract.operations.get(str(envelope.payload.tag))
        if operation is None:
            raise SoapFault("Client.UnknownOperation")
        if action not in ("", operation.action):  # else a gateway and we may see two operations
            raise malformed("SOAPAction does not name the operation in the Body")
        for block in envelope.xroad():
            if block.tag == f"{{{XROAD}}}service":
                code = block.findtext("{*}serviceCode")
                if code is not None and code != operation.name:
                    raise malformed("X-Road's serviceCode does not name the operation in the Body")
        return operation

    def _done(self, session: Session, operation: Operation, request: Any, call: Call) -> Any:
        """Do the business; a refusal undoes it and is an answer like any other."""
        try:
            with session.begin_nested():
                return self._serve[operation.name](session, request, call)
        except Rejected as refusal:
            return _refused(operation, call.header, refusal)
        except Unavailable:
            raise
        except ExciseError as error:
            return _refused(operation, call.header, rejection(error))

    def _logged(
        self, operation: Operation, call: Call, digest: str, response: Any, written: str
    ) -> Message:
        rejected = _outcome(response) == "rejected"
        return Message(
            agency_code=call.agency.code,
            service=self.contract.service,
            operation=operation.name,
            message_id=call.header.message_id,
            digest=digest,
            request_sha256=call.header.request_hash,
            received_at=call.at,
            server_message_id=call.header.server_message_id,
            state=MessageState.REJECTED if rejected else MessageState.ACCEPTED,
            response=written,
        )


def digest_of(request: Any, namespace: str) -> str:
    """Return what makes two messages the same: every value in its place, but `_NOT_COMPARED`.

    Not how the XML is written: prefixes, comments, line breaks. What a message leaves
    out counts for nothing, so a contract that grows does not change old messages.
    """
    header = replace(request.header, **_NOT_COMPARED)
    said = encode(replace(request, header=header), namespace)
    return hashlib.sha256(said.encode()).hexdigest()


def as_replayed(response: str) -> str:
    """Mark a stored answer as told before.

    >>> as_replayed("<header><replayed>false</replayed></header>")
    '<header><replayed>true</replayed></header>'
    """
    return response.replace("<replayed>false</replayed>", "<replayed>true</replayed>")


def _outcome(response: Any) -> str:
    return "rejected" if response.acknowledgement.status is Status.REJECTED else "accepted"


def _require_right(agency: Agency, operation: Operation, header: RequestHeader) -> None:
    if header.protocol_version != PROTOCOL_VERSION:
        raise SoapFault("Client.UnsupportedVersion", violations=(violation("protocolVersion"),))
    if header.sender_agency != agency.code:
        raise SoapFault("Client.NotAuthorised", violations=(violation("senderAgency"),))
    if not agency.may(operation.right):
        raise SoapFault("Client.NotAuthorised", violations=(violation(operation.right),))


def _response_header(header: RequestHeader, request_hash: str, *, at: datetime) -> ResponseHeader:
    return ResponseHeader(
        message_id=header.message_id.lower(),
        sender_agency=header.sender_agency,
        sender_system=header.sender_system,
        correlation_id=header.correlation_id,
        protocol_version=PROTOCOL_VERSION,
        received_at=at,
        server_message_id=str(uuid.uuid4()),
        request_hash=request_hash,
    )


def _refused(operation: Operation, header: ResponseHeader, refusal: Rejected) -> Any:
    acknowledgement = Acknowledgement(status=Status.REJECTED, error=(refusal.problem,))
    return operation.output(header=header, acknowledgement=acknowledgement)
