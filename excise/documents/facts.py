"""The facts a document states: frozen, complete, and hashed in one canonical form."""

import datetime as dt
import hashlib
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer

from excise.canonical import canonical

Satang = Annotated[int, Field(strict=True, ge=0)]
Moment = Annotated[AwareDatetime, PlainSerializer(dt.datetime.isoformat)]


class Facts(BaseModel):
    """What is stated, nothing more: an unknown name is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def canonical(self) -> bytes:
        """Return canonical JSON (RFC 8785) of what was given, defaults left out.

        Facts read from their canonical form give that form again, byte for byte.
        """
        return canonical(self.model_dump(mode="json", exclude_unset=True))


def facts_hash(facts: Facts) -> str:
    """Return the SHA-256 of the canonical facts, in hexadecimal."""
    return hashlib.sha256(facts.canonical()).hexdigest()


class Office(Facts):
    """The office that issues."""

    code: str
    name_th: str
    name_en: str = ""
    address: str = ""
    phone: str = ""


class Payer(Facts):
    """Who pays, and for which establishment."""

    name: str
    tax_id: str
    registration_number: str = ""
    address: str = ""
    establishment: str = ""


class Filing(Facts):
    """The return, or the notice, that the money is for; `period` in words.

    `original_sha256` names the bytes that were filed, with their calculation.
    """

    form: str
    reference: str
    period: str
    filed_at: Moment
    original_sha256: str = ""
