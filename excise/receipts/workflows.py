"""Make the PDF of a receipt after its number is safe."""

from sqlalchemy.orm import Session

from excise import work
from excise.documents.issue import enter, sealed
from excise.documents.receipt import ReceiptFacts
from excise.documents.receipt_pdf import render_receipt
from excise.documents.verification import verify_code, verify_url
from excise.receipts.queries import calculation_of, document, receipt

REASON = "ใบเสร็จรับเงิน"


@work.workflow("receipts.render")
def render(number: str) -> None:
    """Render, seal and keep the document of a tax receipt; a repeat finds it done."""
    told = work.transact(_told, number)
    if told is not None:
        work.transact(_keep, number, work.outside(_make, told))


def _told(session: Session, number: str) -> dict[str, str] | None:
    if document(session, number) is not None:
        return None
    issued = receipt(session, number)
    return {
        "facts": issued.facts,
        "facts_hash": issued.facts_hash,
        "sequence": str(issued.sequence),
        "calculation": calculation_of(session, issued) or "",
    }


def _make(told: dict[str, str]) -> dict[str, str]:
    settings = work.settings()
    facts = ReceiptFacts.model_validate_json(told["facts"])
    facts = facts.model_copy(update={"demo": settings.demo})
    code = verify_code(settings.secret("verification"), facts.number, told["facts_hash"])
    pdf = render_receipt(
        facts,
        verify_url=verify_url(settings.public_url, facts.number, code),
        code=code,
        register_seq=int(told["sequence"]),
        trace_json=told["calculation"].encode() or None,
    )
    return sealed(settings, pdf, reason=REASON, at=facts.issued_at)


def _keep(session: Session, number: str, made: dict[str, str]) -> None:
    enter(session, number, "receipt", made)
