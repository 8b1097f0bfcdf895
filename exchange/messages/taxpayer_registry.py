"""Messages of the taxpayer registry."""

import enum
from dataclasses import dataclass
from datetime import date

from exchange.messages.frame import Acknowledgement, RequestHeader, ResponseHeader


class EstablishmentType(enum.StrEnum):
    """What the establishment is registered for."""

    FACTORY = "FACTORY"
    SERVICE = "SERVICE"
    IMPORTER = "IMPORTER"


class RegistrationState(enum.StrEnum):
    """Only what is registered is told to others."""

    REGISTERED = "REGISTERED"


@dataclass(frozen=True, kw_only=True, slots=True)
class Registration:
    """One establishment, by its 17-digit number."""

    number: str
    establishment_type: EstablishmentType
    name: str
    state: RegistrationState
    duty_group: tuple[str, ...] = ()
    province: str
    office_code: str
    since: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Taxpayer:
    """A taxpayer with its registered establishments."""

    tax_id: str
    name_th: str
    name_en: str | None = None
    registration: tuple[Registration, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class GetTaxpayer:
    """Ask for a taxpayer by one of two numbers."""

    header: RequestHeader
    tax_id: str | None = None
    registration_number: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class GetTaxpayerResponse:
    """The taxpayer, or 1001 in the acknowledgement."""

    header: ResponseHeader
    acknowledgement: Acknowledgement
    taxpayer: Taxpayer | None = None
