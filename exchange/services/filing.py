"""Filing: where a return stands."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from exchange.calls import Call
from exchange.catalogue import Rejected, problem
from exchange.messages import filing as messages
from exchange.messages.frame import Acknowledgement, Severity
from excise.errors import NotFound
from excise.money import baht
from excise.payments.queries import bill_of_return
from excise.periods import TaxMonth
from excise.receipts.queries import receipt_of_payment
from excise.returns.models import Return
from excise.returns.queries import filed_by_reference, filed_of_month
from excise.taxpayers.queries import establishment_by_number


def get_return_status(
    session: Session, request: messages.GetReturnStatus, call: Call
) -> messages.GetReturnStatusResponse:
    """Tell where returns stand; nothing filed under a right key is an answer, not a mistake."""
    found = tuple(_told(session, each) for each in _found(session, request))
    advice = () if found else (problem("7130", severity=Severity.ADVICE, field="key"),)
    return messages.GetReturnStatusResponse(
        header=call.header, acknowledgement=Acknowledgement(error=advice), tax_return=found
    )


def _found(session: Session, request: messages.GetReturnStatus) -> Iterable[Return]:
    key = request.key
    if key is None:
        assert request.reference is not None, "the contract asks for one of them"
        try:
            return [filed_by_reference(session, request.reference)]
        except NotFound as error:
            raise Rejected("3003", field="reference", value=request.reference) from error
    try:
        place = establishment_by_number(session, key.registration_number)
    except NotFound as error:
        value = key.registration_number
        raise Rejected("1001", field="key/registrationNumber", value=value) from error
    month = TaxMonth.parse(key.period).first
    return filed_of_month(session, place.id, form=key.form, month=month, version=key.version)


def _told(session: Session, filed: Return) -> messages.TaxReturn:
    assert filed.reference is not None, "it is filed"
    assert filed.filed_at is not None, "it is filed"
    assert filed.registration.number is not None, "it is registered"
    bill = bill_of_return(session, filed.reference)
    receipts = [receipt_of_payment(session, each.id) for each in bill.payments] if bill else []
    return messages.TaxReturn(
        reference=filed.reference,
        registration_number=filed.registration.number,
        form=filed.form.value,
        period=str(TaxMonth.of(filed.period)),
        version=filed.version,
        state=messages.ReturnState.FILED,
        filed_at=filed.filed_at,
        total=baht(filed.total_satang),
        paid=bill is None or bill.is_paid,
        receipt_no=next((each.number for each in receipts if each), None),
    )
