"""Messages of banks."""

import enum
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from exchange.messages.frame import Acknowledgement, RequestHeader, ResponseHeader


class PaymentState(enum.StrEnum):
    """Whether the money found its bill."""

    ALLOCATED = "ALLOCATED"
    UNALLOCATED = "UNALLOCATED"


@dataclass(frozen=True, kw_only=True, slots=True)
class Payment:
    """What became of the money."""

    state: PaymentState
    reason: str | None = None
    receipt_no: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NotifyPayment:
    """The bank received money for us; `amount` is baht."""

    header: RequestHeader
    bank_code: str
    transaction_id: str
    paid_at: datetime
    amount: Decimal
    ref1: str
    ref2: str
    channel: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NotifyPaymentResponse:
    """Whether it paid a bill, and the receipt."""

    header: ResponseHeader
    acknowledgement: Acknowledgement
    payment: Payment | None = None
