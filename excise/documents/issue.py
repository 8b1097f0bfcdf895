"""The end of every document's making: sealed, stored, and entered in the register once.

The register is part of the audit log: each entry is the act `document.register`, in
the same transaction, so that a document that was changed or taken away is missed.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit
from excise.config import Settings
from excise.documents.models import Document
from excise.documents.seal import seal_of
from excise.documents.store import Store

REGISTERED = "document.register"


def sealed(settings: Settings, pdf: bytes, *, reason: str, at: datetime) -> dict[str, str]:
    """Seal a PDF as of a moment and put it into the store; `enter` takes what this returns."""
    content = seal_of(settings, at=at).sign(pdf, reason=reason, at=at)
    return {
        "sha256": Store(settings.documents).put(content),
        "size_bytes": str(len(content)),
        "made_at": at.isoformat(),
    }


def enter(session: Session, number: str, kind: str, made: dict[str, str]) -> bool:
    """Enter a document that is sealed; False when its number was entered before."""
    if session.scalar(sa.select(Document.id).where(Document.number == number)):
        return False
    document = Document(
        number=number,
        kind=kind,
        sha256=made["sha256"],
        size_bytes=int(made["size_bytes"]),
        made_at=datetime.fromisoformat(made["made_at"]),
    )
    session.add(document)
    audit.record(
        session,
        actor="system",
        act=REGISTERED,
        subject=f"document:{number}",
        at=document.made_at,
        kind=kind,
        sha256=document.sha256,
        size_bytes=document.size_bytes,
    )
    return True
