"""Messages that bring other people's data about sales."""

from dataclasses import dataclass

from exchange.messages.frame import Acknowledgement, RequestHeader, ResponseHeader


@dataclass(frozen=True, kw_only=True, slots=True)
class SaleRecord:
    """One line of a sales document, as it was written: its values are judged one by one."""

    client_ref: str
    document_no: str
    line_no: str
    document_type: str
    tax_id: str
    branch: str
    document_date: str
    product_code: str | None = None
    quantity: str
    amount: str
    vat: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SubmitVatSales:
    """One delivery; `document_no` is the sender's own number of it."""

    header: RequestHeader
    document_no: str
    record: tuple[SaleRecord, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SubmitVatSalesResponse:
    """The receipt of the delivery and what is wrong with its lines."""

    header: ResponseHeader
    acknowledgement: Acknowledgement
