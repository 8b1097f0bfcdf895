"""ThirdPartyData: what others know about sales."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from exchange.binder import encoder, slots_of
from exchange.calls import Call
from exchange.catalogue import Rejected
from exchange.messages import third_party_data as messages
from exchange.messages.frame import Acknowledgement, Counts, Existing, Line, Problem, Status
from excise.evidence.actions import DeliveryChanged, land
from excise.evidence.codes import CODES
from excise.evidence.models import Channel
from excise.evidence.rules import COLUMNS, Fault, Sale, check_sale
from excise.periods import local_date

_TAGS = {slot.name: slot.tag for slot in slots_of(messages.SaleRecord)}
_PAUSE_SECONDS = 5
Checked = list[Sale | list[Fault]]


def submit_vat_sales(
    session: Session, request: messages.SubmitVatSales, call: Call
) -> messages.SubmitVatSalesResponse:
    """Keep a delivery and give its receipt; bad lines are named, good ones count.

    When no line is good nothing is kept, so that its number stays free for a better one.
    """
    checked = _checked(request.record, today=local_date(call.at))
    sales = [each for each in checked if isinstance(each, Sale)]
    if not sales:
        return _response(call, request, checked, Acknowledgement(status=Status.REJECTED))
    try:
        landed = land(
            session,
            call.store,
            source_code=call.agency.code,
            document_no=request.document_no,
            name=request.document_no,
            content=_said(request),
            channel=Channel.SOAP,
            sales=sales,
            row_count=len(checked),
            by=f"agency:{call.agency.code}",
            at=call.at,
        )
    except DeliveryChanged as error:
        raise Rejected("5001", field="documentNo", existing=_existing(error)) from error
    if landed.is_repeat:  # the lines as they were judged that day
        checked = _checked(request.record, today=local_date(landed.delivery.received_at))
    whole = landed.delivery.rejected_count == 0
    accepted = Acknowledgement(
        status=Status.ACCEPTED if whole else Status.PARTIAL,
        replayed=landed.is_repeat,
        receipt_no=landed.delivery.receipt_no,
    )
    return _response(call, request, checked, accepted)


def _checked(records: Sequence[messages.SaleRecord], *, today: date) -> Checked:
    return [
        check_sale({name: getattr(record, name) or "" for name in COLUMNS}, today=today)
        for record in records
    ]


def _said(request: messages.SubmitVatSales) -> bytes:
    """Return what the agency said, without what differs each time it is sent."""
    write = encoder(messages.SaleRecord)
    rows = "".join(f"<record>{write(record)}</record>\n" for record in request.record)
    return f"<records>\n{rows}</records>\n".encode()


def _existing(error: DeliveryChanged) -> Existing:
    return Existing(
        receipt_no=str(error.facts["receipt_no"]),
        status=Status.ACCEPTED.value,
        digest=str(error.facts["content_sha256"]),
    )


def _response(
    call: Call, request: messages.SubmitVatSales, checked: Checked, told: Acknowledgement
) -> messages.SubmitVatSalesResponse:
    lines = tuple(
        _line(position, record.client_ref, judged)
        for position, (record, judged) in enumerate(zip(request.record, checked, strict=True), 1)
    )
    rejected = sum(each.status is Status.REJECTED for each in lines)
    received = len(checked)
    acknowledgement = Acknowledgement(
        status=told.status,
        replayed=told.replayed,
        receipt_no=told.receipt_no,
        counts=Counts(received=received, accepted=received - rejected, rejected=rejected),
        next_allowed_after_seconds=_PAUSE_SECONDS,
        line=lines,
    )
    return messages.SubmitVatSalesResponse(header=call.header, acknowledgement=acknowledgement)


def _line(position: int, client_ref: str, judged: Sale | list[Fault]) -> Line:
    if isinstance(judged, Sale):
        return Line(client_ref=client_ref, status=Status.ACCEPTED)
    problems = tuple(_problem(position, fault) for fault in judged)
    return Line(client_ref=client_ref, status=Status.REJECTED, error=problems)


def _problem(position: int, fault: Fault) -> Problem:
    said = CODES[fault.code]
    return Problem(
        code=str(said.number),
        field=f"record[{position}]/{_TAGS[fault.field]}",
        original_value=fault.value,
        message_th=said.th,
        message_en=said.en,
    )
