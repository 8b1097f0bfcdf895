"""Questions about offices."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.offices.models import Office


def area_offices(session: Session) -> list[Office]:
    """Return the offices that take registrations: areas and their branches."""
    rows = session.scalars(sa.select(Office).order_by(Office.code))
    return [office for office in rows if not office.code.endswith("0000")]
