"""Questions about agencies."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.agencies.models import Agency
from excise.errors import NotFound


def agency(session: Session, code: str) -> Agency:
    """Return an agency by its code, or raise NotFound."""
    found = session.get(Agency, code)
    if found is None:
        raise NotFound(what="agency", id=code)
    return found


def agencies(session: Session) -> list[Agency]:
    """Return every agency, by code."""
    return list(session.scalars(sa.select(Agency).order_by(Agency.code)))


def by_user(session: Session, user_name: str) -> Agency | None:
    """Return the active agency that signs in by this name, if one has a password for it."""
    return session.scalar(
        sa.select(Agency).where(
            Agency.user_name == user_name, Agency.active, Agency.sealed_password != ""
        )
    )


def by_certificate(session: Session, sha256: str) -> Agency | None:
    """Return the active agency of a certificate, by the SHA-256 of its DER form."""
    return session.scalar(
        sa.select(Agency).where(Agency.certificate_sha256 == sha256, Agency.active)
    )
