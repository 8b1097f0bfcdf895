"""Make a pack: gather, seal, keep."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import work
from excise.cases.models import Discrepancy
from excise.documents.detached import certificate_of, signature_of
from excise.documents.issue import enter
from excise.documents.seal import seal_of
from excise.documents.store import Store
from excise.packs.queries import contents_of
from excise.packs.rules import CERTIFICATE, MANIFEST, SIGNATURE, manifest_of, packed

STEPS = 3


@work.workflow("packs.make")
def make(key: str, reference: str, officer_id: int, at: str) -> None:
    """Put the pack together as of one reading of the database, and enter it once."""
    made = work.outside(_make, key, reference, officer_id, at)
    work.transact(_enter, key, made)


def _make(key: str, reference: str, officer_id: int, at: str) -> dict[str, str]:
    settings, moment = work.settings(), datetime.fromisoformat(at)
    work.tell_progress(0, STEPS)
    with work.database().reading() as session:
        query = sa.select(Discrepancy).where(Discrepancy.reference == reference)
        files, about = contents_of(session, settings, session.scalars(query).one())
    work.tell_progress(1, STEPS)
    about |= {"pack": key, "made_at": at, "made_by": f"officer:{officer_id}"}
    manifest, seal = manifest_of(files, about), seal_of(settings, at=moment)
    signature = signature_of(seal, manifest, at=moment)
    work.tell_progress(2, STEPS)
    beside = {MANIFEST: manifest, SIGNATURE: signature, CERTIFICATE: certificate_of(seal)}
    content = packed({**beside, **files}, at=moment)
    sha256 = Store(settings.documents).put(content)
    work.tell_progress(STEPS, STEPS)
    return {"sha256": sha256, "size_bytes": str(len(content)), "made_at": at}


def _enter(session: Session, key: str, made: dict[str, str]) -> None:
    enter(session, f"pack:{key}", "pack", made)
