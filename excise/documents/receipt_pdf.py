"""The receipt on paper. Apart from its facts, because the renderer is heavy to load."""

from excise.documents.facts import facts_hash
from excise.documents.receipt import ReceiptFacts
from excise.documents.render import renderer
from excise.documents.verification import code_text


def render_receipt(
    facts: ReceiptFacts,
    *,
    verify_url: str,
    code: str,
    register_seq: int,
    trace_json: bytes | None = None,
) -> bytes:
    """Return the receipt as PDF, not yet sealed; the same facts give the same bytes.

    The facts and the calculation's trace travel inside it as attachments.
    `code` and `verify_url` come from `excise.documents.verification`.
    """
    attachments = [("facts.json", "ข้อมูลของใบเสร็จรับเงิน (RFC 8785)", facts.canonical())]
    if trace_json is not None:
        attachments.append(("calculation.json", "ที่มาของการคำนวณภาษี", trace_json))
    return renderer().pdf(
        "receipt.html",
        issued_at=facts.issued_at,
        attachments=attachments,
        facts=facts,
        facts_hash=facts_hash(facts),
        verify_url=verify_url,
        code=code_text(code),
        register_seq=register_seq,
    )
