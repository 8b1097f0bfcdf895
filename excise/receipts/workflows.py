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
    _render(number)


@work.workflow("receipts.render_all")
def render_all(numbers: list[str]) -> None:
    """Do the same for receipts that were issued together."""
    for done, number in enumerate(numbers):
        work.tell_progress(done, len(numbers))
        _render(number)


def _render(number: str) -> None:
    told = work.transact(_told, number)
    if told is not None:
        work.transact(_keep, number, work.outside(_make, told))


@work.workflow("receipts.copy")
def copy(number: str, copy_number: int) -> None:
    """Render a copy, which says the how many-th it is and is otherwise the original."""
    told = work.transact(_told_again, number)
    made = work.outside(_make, told, copy_number)
    work.transact(_keep_copy, f"{number}-C{copy_number:02d}", made)


def _keep_copy(session: Session, number: str, made: dict[str, str]) -> None:
    enter(session, number, "receipt-copy", made)


def _told(session: Session, number: str) -> dict[str, str] | None:
    if document(session, number) is not None:
        return None
    return _told_again(session, number)


def _told_again(session: Session, number: str) -> dict[str, str]:
    issued = receipt(session, number)
    return {
        "facts": issued.facts,
        "facts_hash": issued.facts_hash,
        "sequence": str(issued.sequence),
        "calculation": calculation_of(session, issued) or "",
    }


def _make(told: dict[str, str], copy_number: int = 0) -> dict[str, str]:
    settings = work.settings()
    facts = ReceiptFacts.model_validate_json(told["facts"])
    facts = facts.model_copy(update={"demo": settings.demo, "copy_number": copy_number})
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
