"""Messages about returns."""

import enum
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from exchange.messages.frame import Acknowledgement, RequestHeader, ResponseHeader


class ReturnState(enum.StrEnum):
    """Drafts are nobody else's business."""

    FILED = "FILED"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReturnKey:
    """What the caller knows a return by; `period` is a month like 2026-10."""

    registration_number: str
    form: str
    period: str
    version: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TaxReturn:
    """Where a filed return stands; `total` is baht."""

    reference: str
    registration_number: str
    form: str
    period: str
    version: int
    state: ReturnState
    filed_at: datetime
    total: Decimal
    paid: bool
    receipt_no: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class GetReturnStatus:
    """Ask by our reference or by the caller's key."""

    header: RequestHeader
    reference: str | None = None
    key: ReturnKey | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class GetReturnStatusResponse:
    """The returns found, the newest first."""

    header: ResponseHeader
    acknowledgement: Acknowledgement
    tax_return: tuple[TaxReturn, ...] = ()
