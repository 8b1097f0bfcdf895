"""Questions about offices."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.offices.models import Office


def area_offices(session: Session) -> list[Office]:
    """Return the offices that take registrations: areas and their branches."""
    rows = session.scalars(sa.select(Office).order_by(Office.code))
    return [office for office in rows if not office.code.endswith("0000")]


def codes_under(session: Session, code: str) -> set[str]:
    """Return the codes of `offices_under`."""
    return {office.code for office in offices_under(session, code)}


def offices_under(session: Session, code: str) -> list[Office]:
    """Return an office and all below it: what an officer who works there may see."""
    found: dict[str, Office] = {}
    for office in session.scalars(sa.select(Office).order_by(Office.code)):
        # By their codes an office comes before those below it.
        if office.code == code or office.parent_code in found:
            found[office.code] = office
    return list(found.values())
