"""Whether a document is ours: who holds its number and code learns that it is real, little more."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from excise.assessments.queries import notice
from excise.documents.receipt import ReceiptFacts
from excise.documents.verification import is_code, verify_code
from excise.errors import NotFound
from excise.payments.queries import is_void
from excise.receipts.queries import document, receipt
from excise.receipts.rules import masked


@dataclass(frozen=True, kw_only=True)
class Verified:
    """All that a stranger is told; `sha256` is "" while the PDF is being made."""

    kind: str
    number: str
    issued_at: datetime
    total_satang: int
    payer: str
    sha256: str
    is_void: bool


@dataclass(frozen=True, kw_only=True)
class _Issued:
    kind: str
    facts_hash: str
    issued_at: datetime
    total_satang: int
    payer: str
    is_void: bool = False


def verified(session: Session, secret: bytes, number: str, code: str) -> Verified | None:
    """Return what stands in our register; a wrong code and an unknown number are one answer."""
    issued = _issued(session, number)
    # Worked out for an unknown number too: the time taken tells nothing.
    right = is_code(code, verify_code(secret, number, issued.facts_hash if issued else ""))
    if issued is None or not right:
        return None
    made = document(session, number)
    return Verified(
        kind=issued.kind,
        number=number,
        issued_at=issued.issued_at,
        total_satang=issued.total_satang,
        payer=masked(issued.payer),
        sha256=made.sha256 if made else "",
        is_void=issued.is_void,
    )


def _issued(session: Session, number: str) -> _Issued | None:
    return _receipt(session, number) or _notice(session, number)


def _receipt(session: Session, number: str) -> _Issued | None:
    try:
        issued = receipt(session, number)
    except NotFound:
        return None
    facts = ReceiptFacts.model_validate_json(issued.facts)
    return _Issued(
        kind="receipt",
        facts_hash=issued.facts_hash,
        issued_at=issued.issued_at,
        total_satang=facts.total_satang,
        payer=facts.payer.name,
        is_void=is_void(session, issued),
    )


def _notice(session: Session, number: str) -> _Issued | None:
    try:
        served = notice(session, number)
    except NotFound:
        return None
    assert served.approved_at
    assert served.facts_hash
    return _Issued(
        kind="assessment",
        facts_hash=served.facts_hash,
        issued_at=served.approved_at,
        total_satang=served.total_satang,
        payer=served.registration.taxpayer.name_th,
    )
