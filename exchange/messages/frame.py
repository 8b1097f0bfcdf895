"""What every message has: headers, acknowledgement, fault."""

import enum
from dataclasses import dataclass
from datetime import datetime


class Status(enum.StrEnum):
    """What became of a message; none of them is a fault."""

    ACCEPTED = "ACCEPTED"
    QUEUED = "QUEUED"
    ACCEPTED_WITH_WARNINGS = "ACCEPTED_WITH_WARNINGS"
    PARTIAL = "PARTIAL"
    REJECTED = "REJECTED"


class Severity(enum.StrEnum):
    """Whether a problem stopped something."""

    ERROR = "ERROR"
    WARNING = "WARNING"
    ADVICE = "ADVICE"


@dataclass(frozen=True, kw_only=True, slots=True)
class Purpose:
    """Why the agency may ask."""

    case_ref: str | None = None
    legal_basis: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestHeader:
    """Who says it, for whom, why; `message_id` makes it happen once."""

    message_id: str
    sender_agency: str
    sender_system: str
    on_behalf_of: str | None = None
    user_id: str
    purpose: Purpose
    sent_at: datetime
    correlation_id: str | None = None
    protocol_version: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ResponseHeader:
    """What was answered; `request_hash` is the SHA-256 of the bytes that came."""

    message_id: str
    sender_agency: str
    sender_system: str
    correlation_id: str | None = None
    protocol_version: str
    received_at: datetime
    server_message_id: str
    request_hash: str
    replayed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Existing:
    """What stands under the caller's key already."""

    receipt_no: str | None = None
    status: str
    digest: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """What is wrong, in both languages, by a code of the catalogue."""

    code: str
    severity: Severity = Severity.ERROR
    field: str | None = None
    original_value: str | None = None
    message_th: str
    message_en: str
    existing: Existing | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """What became of one record, by the caller's own reference."""

    client_ref: str
    status: Status
    error: tuple[Problem, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """How many records came, and how many of them were taken."""

    received: int
    accepted: int
    rejected: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Acknowledgement:
    """What became of the message; `replayed` when it changed nothing because it was known."""

    status: Status = Status.ACCEPTED
    replayed: bool = False
    receipt_no: str | None = None
    counts: Counts | None = None
    next_allowed_after_seconds: int = 0
    error: tuple[Problem, ...] = ()
    line: tuple[Line, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Violation:
    """One place where a message breaks its contract."""

    line: int | None = None
    column: int | None = None
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceFault:
    """The detail of every fault: what, whether to try again, and our reference."""

    code: str
    correlation_id: str
    retryable: bool
    retry_after_seconds: int | None = None
    message_th: str
    message_en: str
    violation: tuple[Violation, ...] = ()
