"""Make the certificate of a closed period."""

from datetime import datetime

from sqlalchemy.orm import Session

from excise import work
from excise.closing.queries import closing_of
from excise.documents.closing import ClosingFacts, render_closing
from excise.documents.issue import enter, sealed
from excise.people.models import Officer

REASON = "ใบรับรองการปิดบัญชี"


@work.workflow("closing.certify")
def certify(reference: str) -> None:
    """Render, seal and keep the certificate; a repeat finds it done."""
    told = work.transact(_told, reference)
    work.transact(_keep, reference, work.outside(_make, told))


def _told(session: Session, reference: str) -> dict[str, str]:
    closing = closing_of(session, reference)
    assert closing.decided_at, "only what is closed gets a certificate"
    by = [
        f"{one.person.name} {one.position_th}"
        for one in (
            session.get_one(Officer, closing.proposed_by),
            session.get_one(Officer, closing.decided_by),
        )
    ]
    return {
        "facts": closing.facts,
        "digest": closing.digest,
        "closed_at": closing.decided_at.isoformat(),
        "proposed_by": by[0],
        "closed_by": by[1],
    }


def _make(told: dict[str, str]) -> dict[str, str]:
    settings, closed_at = work.settings(), datetime.fromisoformat(told["closed_at"])
    facts = ClosingFacts.model_validate_json(told["facts"])
    pdf = render_closing(
        facts.model_copy(update={"demo": settings.demo}),
        closed_at=closed_at,
        digest=told["digest"],
        by=(told["proposed_by"], told["closed_by"]),
    )
    return sealed(settings, pdf, reason=REASON, at=closed_at)


def _keep(session: Session, reference: str, made: dict[str, str]) -> None:
    enter(session, reference, "closing", made)
