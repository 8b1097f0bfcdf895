"""Messages about issued documents."""

import enum
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from exchange.messages.frame import Acknowledgement, RequestHeader, ResponseHeader


class VerificationResult(enum.StrEnum):
    """A wrong code and an unknown number are one answer."""

    VALID = "VALID"
    NOT_FOUND = "NOT_FOUND"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verification:
    """What our register says; `total` is baht, `sha256` that of the PDF."""

    result: VerificationResult
    kind: str | None = None
    issued_at: datetime | None = None
    total: Decimal | None = None
    payer_masked: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifyDocument:
    """Ask whether a document is ours, by its number and the code printed on it."""

    header: RequestHeader
    number: str
    code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifyDocumentResponse:
    """What a holder of number and code may know."""

    header: ResponseHeader
    acknowledgement: Acknowledgement
    verification: Verification | None = None
