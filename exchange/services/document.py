"""Document: whether a document is ours."""

from sqlalchemy.orm import Session

from exchange.calls import Call
from exchange.messages import document as messages
from exchange.messages.document import VerificationResult
from exchange.messages.frame import Acknowledgement
from excise.money import baht
from excise.verification import verified


def verify_document(
    session: Session, request: messages.VerifyDocument, call: Call
) -> messages.VerifyDocumentResponse:
    """Tell who holds number and code that the document is ours, and little more."""
    secret = call.settings.secret("verification")
    found = verified(session, secret, request.number, request.code)
    if found is None:
        told = messages.Verification(result=VerificationResult.NOT_FOUND)
    else:
        told = messages.Verification(
            result=VerificationResult.VALID,
            kind=found.kind,
            issued_at=found.issued_at,
            total=baht(found.total_satang),
            payer_masked=found.payer,
            sha256=found.sha256 or None,
        )
    return messages.VerifyDocumentResponse(
        header=call.header, acknowledgement=Acknowledgement(), verification=told
    )
