"""TaxpayerRegistry: who is registered, and where."""

from sqlalchemy.orm import Session

from exchange.calls import Call
from exchange.catalogue import Rejected
from exchange.messages import taxpayer_registry as messages
from exchange.messages.frame import Acknowledgement
from excise.errors import NotFound
from excise.periods import local_date
from excise.taxpayers import queries
from excise.taxpayers.models import Registration, Taxpayer


def get_taxpayer(
    session: Session, request: messages.GetTaxpayer, call: Call
) -> messages.GetTaxpayerResponse:
    """Tell an agency who a taxpayer is and which establishments are registered."""
    found = _found(session, request)
    return messages.GetTaxpayerResponse(
        header=call.header,
        acknowledgement=Acknowledgement(),
        taxpayer=messages.Taxpayer(
            tax_id=found.tax_id,
            name_th=found.name_th,
            name_en=found.name_en or None,
            registration=tuple(
                _registration(each) for each in queries.registered_of(session, found.id)
            ),
        ),
    )


def _found(session: Session, request: messages.GetTaxpayer) -> Taxpayer:
    field, value = "taxId", request.tax_id
    if value is None:
        field, value = "registrationNumber", request.registration_number
    assert value is not None, "the contract asks for one of them"
    try:
        if field == "taxId":
            return queries.taxpayer_by_number(session, value)
        return queries.establishment_by_number(session, value).taxpayer
    except NotFound as error:
        raise Rejected("1001", field=field, value=value) from error


def _registration(held: Registration) -> messages.Registration:
    assert held.number is not None, "it is registered"
    return messages.Registration(
        number=held.number,
        establishment_type=messages.EstablishmentType[held.establishment_type.name],
        name=held.name,
        state=messages.RegistrationState.REGISTERED,
        duty_group=tuple(held.duty_groups),
        province=held.province,
        office_code=held.office_code,
        since=local_date(held.decided_at or held.submitted_at),
    )
