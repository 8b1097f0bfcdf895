"""Questions about deliveries."""

from collections.abc import Callable, Collection
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.agencies.models import Agency
from excise.errors import NotFound
from excise.evidence.models import Delivery, DeliveryState

_NAMES = {"RD": ("กรมสรรพากร", "Revenue Department")}


def newest_first() -> sa.Select[Delivery]:
    """Return the query of all deliveries, for a page of them."""
    return sa.select(Delivery).order_by(Delivery.received_at.desc(), Delivery.id.desc())


def source_names(session: Session, lang: str) -> Callable[[str], str]:
    """Return what names a source by its code; all names are asked for at once.

    The Revenue Department's files need no registering.
    """
    rows = session.execute(sa.select(Agency.code, Agency.name_th, Agency.name_en))
    names = _NAMES | {code: (th, en) for code, th, en in rows}
    return lambda code: names.get(code, (code, code))[lang != "th"]


def find(session: Session, receipt_no: str) -> Delivery | None:
    """Return the delivery with that receipt number, if there is one."""
    return session.scalar(sa.select(Delivery).where(Delivery.receipt_no == receipt_no))


def delivery(session: Session, receipt_no: str) -> Delivery:
    """Return the delivery with that receipt number; raises NotFound."""
    if (found := find(session, receipt_no)) is None:
        raise NotFound(what="delivery", id=receipt_no)
    return found


def delivery_of(session: Session, source_code: str, document_no: str) -> Delivery | None:
    """Return what a source delivered under a number of its own, if anything."""
    return session.scalar(
        sa.select(Delivery).where(
            Delivery.source_code == source_code, Delivery.document_no == document_no
        )
    )


def told_by(session: Session, period: date) -> dict[str, datetime]:
    """Return which sources have told of a month, by their code, and when last."""
    rows = session.execute(sa.select(Delivery.source_code, Delivery.periods, Delivery.received_at))
    told: dict[str, datetime] = {}
    for source_code, months, received_at in rows:
        if period.isoformat() in months:
            told[source_code] = max(received_at, told.get(source_code, received_at))
    return told


def delivered(session: Session, periods: Collection[date]) -> dict[date, datetime]:
    """Return which of the months any source has told of, and when last.

    Only what is read counts; until then its rows are not there to be compared.
    A month that is not in the answer is silent, which is not the same as no sales.
    """
    asked = {period.isoformat(): period for period in periods}
    told: dict[date, datetime] = {}
    rows = session.execute(
        sa.select(Delivery.periods, Delivery.received_at).where(
            Delivery.state == DeliveryState.READ
        )
    )
    for months, received_at in rows:
        for month in asked.keys() & set(months):
            told[asked[month]] = max(received_at, told.get(asked[month], received_at))
    return told
