"""Bring agencies in, change how they show themselves, and log what they say."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit
from excise.agencies.models import Agency, Message, SeenToken
from excise.agencies.passwords import new_password, sealed
from excise.agencies.queries import agency
from excise.agencies.rules import checked_code, checked_rights
from excise.db import insert, lock
from excise.errors import Conflict


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What is entered about a new agency; its user name is its code."""

    code: str
    name_th: str
    name_en: str
    rights: list[str]
    certificate_sha256: str | None = None


def register(session: Session, entry: Entry, *, actor: str, at: datetime) -> Agency:
    """Bring an agency in; without a certificate it needs `renew_password` before it can call.

    Raises Invalid for a bad code or an unknown right, Conflict when the code or
    the certificate belongs to an agency already.
    """
    code = checked_code(entry.code)
    if session.get(Agency, code) is not None:
        raise Conflict("agency-exists", field="code", value=code)
    new = Agency(
        code=code,
        name_th=entry.name_th,
        name_en=entry.name_en,
        rights=checked_rights(entry.rights),
        user_name=code,
        registered_at=at,
    )
    session.add(new)
    _log(session, new, "agency.register", actor=actor, at=at)
    if entry.certificate_sha256:
        set_certificate(session, code, entry.certificate_sha256, actor=actor, at=at)
    return new


def renew_password(session: Session, code: str, *, key: bytes, actor: str, at: datetime) -> str:
    """Give the agency a new password and return it, once: only its sealed form is kept."""
    password = new_password()
    set_password(session, code, password, key=key, actor=actor, at=at)
    return password


def set_password(
    session: Session, code: str, password: str, *, key: bytes, actor: str, at: datetime
) -> None:
    """Seal a password that was made elsewhere; the one before opens nothing any more."""
    held = agency(session, code)
    held.sealed_password = sealed(password, key)
    _log(session, held, "agency.set-password", actor=actor, at=at)


def set_certificate(
    session: Session, code: str, sha256: str, *, actor: str, at: datetime
) -> Agency:
    """Pin the certificate an agency signs with, by the SHA-256 of its DER form."""
    taken = sa.select(Agency.code).where(Agency.certificate_sha256 == sha256, Agency.code != code)
    if session.scalar(taken) is not None:
        raise Conflict("certificate-taken", field="certificate")
    held = agency(session, code)
    held.certificate_sha256 = sha256
    _log(session, held, "agency.set-certificate", actor=actor, at=at)
    return held


def revoke(session: Session, code: str, *, actor: str, at: datetime) -> Agency:
    """Shut an agency out; what it has said stays."""
    held = agency(session, code)
    held.active = False
    _log(session, held, "agency.revoke", actor=actor, at=at)
    return held


def first_use(session: Session, digest: str, *, until: datetime, at: datetime) -> bool:
    """Use a token up; False when it was used before, by any process.

    What is past its time is forgotten on the way: it is refused as stale anyway.
    """
    stale = sa.select(SeenToken.digest).where(SeenToken.until < at)
    # Two that forget at once would wait for each other's rows; the second leaves them be.
    free = stale.with_for_update(skip_locked=True)
    session.execute(sa.delete(SeenToken).where(SeenToken.digest.in_(free)))
    statement = insert(session, SeenToken).values(digest=digest, until=until)
    added = statement.on_conflict_do_nothing().returning(SeenToken.digest)
    return session.scalar(added) is not None


def claim(session: Session, agency_code: str, operation: str, message_id: str) -> Message | None:
    """Hold a message's number to the end of the transaction; return what is logged under it.

    Of two equal messages at the same moment one waits here and finds the other's answer.
    """
    lock(session, f"message:{agency_code}:{operation}:{message_id}")
    return session.scalar(
        sa.select(Message).where(
            Message.agency_code == agency_code,
            Message.operation == operation,
            Message.message_id == message_id,
        )
    )


def _log(session: Session, held: Agency, act: str, *, actor: str, at: datetime) -> None:
    audit.record(
        session, actor=actor, act=act, subject=f"agency:{held.code}", at=at, rights=held.rights
    )
