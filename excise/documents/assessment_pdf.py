"""The notice of assessment on paper. Apart from its facts: the renderer is heavy to load."""

from excise.documents.assessment import FORM, NoticeFacts
from excise.documents.facts import facts_hash
from excise.documents.pay_slip import PaySlipFacts
from excise.documents.render import renderer
from excise.documents.verification import code_text


def render_notice(
    facts: NoticeFacts,
    *,
    slip: PaySlipFacts | None,
    verify_url: str,
    code: str,
    trace_json: bytes,
) -> bytes:
    """Return the notice as PDF, not yet sealed; the same facts give the same bytes.

    `slip` carries the codes that banks scan, None when they cannot hold the amount. The
    facts and the whole calculation travel inside as attachments.
    """
    return renderer().pdf(
        "assessment.html",
        issued_at=facts.issued_at,
        attachments=[
            ("facts.json", "ข้อมูลของหนังสือแจ้งการประเมิน (RFC 8785)", facts.canonical()),
            ("calculation.json", "ที่มาของการคำนวณภาษี", trace_json),
        ],
        facts=facts,
        form=FORM,
        slip=slip,
        barcode_text=slip.barcode.replace("\r", " ") if slip else "",
        facts_hash=facts_hash(facts),
        verify_url=verify_url,
        code=code_text(code),
    )
