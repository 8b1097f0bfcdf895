"""Questions about deliveries."""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.agencies.models import Agency
from excise.errors import NotFound
from excise.evidence.columns import Layout
from excise.evidence.layouts import LAYOUTS, SOURCES
from excise.evidence.models import Channel, Delivery, DeliveryPeriod, DeliveryState

SALES = LAYOUTS["vat_sales"]


def newest_first() -> sa.Select[Delivery]:
    """Return the query of all deliveries, for a page of them."""
    return sa.select(Delivery).order_by(Delivery.received_at.desc(), Delivery.id.desc())


def source_names(session: Session, lang: str) -> Callable[[str], str]:
    """Return what names a source by its code; all names are asked for at once.

    Whose files we are handed need no registering.
    """
    rows = session.execute(sa.select(Agency.code, Agency.name_th, Agency.name_en))
    names = SOURCES | {code: (th, en) for code, th, en in rows}
    return lambda code: names.get(code, (code, code))[lang != "th"]


def find(session: Session, receipt_no: str) -> Delivery | None:
    """Return the delivery with that receipt number, if there is one."""
    return session.scalar(sa.select(Delivery).where(Delivery.receipt_no == receipt_no))


def delivery(session: Session, receipt_no: str) -> Delivery:
    """Return the delivery with that receipt number; raises NotFound."""
    if (found := find(session, receipt_no)) is None:
        raise NotFound(what="delivery", id=receipt_no)
    return found


def messages_waiting(session: Session, layout: str, *, limit: int) -> Sequence[Delivery]:
    """Return messages in a layout that nobody has begun to read, in the order they came."""
    query = sa.select(Delivery).where(
        Delivery.state == DeliveryState.LANDED,
        Delivery.layout == layout,
        Delivery.channel == Channel.SOAP,
        Delivery.filed_with.is_(None),
    )
    return session.scalars(query.order_by(Delivery.id).limit(limit)).all()


def delivery_of(session: Session, source_code: str, document_no: str) -> Delivery | None:
    """Return what a source delivered under a number of its own, if anything."""
    return session.scalar(
        sa.select(Delivery).where(
            Delivery.source_code == source_code, Delivery.document_no == document_no
        )
    )


def told_by(session: Session, period: date, *layouts: str) -> dict[str, datetime]:
    """Return which sources have told of a month in some layouts, by their code, and when last."""
    latest = sa.func.max(Delivery.received_at)
    query = sa.select(Delivery.source_code, latest).join(Delivery.months)
    of_month = query.where(DeliveryPeriod.layout.in_(layouts), DeliveryPeriod.period == period)
    rows = session.execute(of_month.group_by(Delivery.source_code))
    return {source_code: received_at for source_code, received_at in rows}


def delivered(
    session: Session, periods: Collection[date], layout: Layout = SALES
) -> dict[date, datetime]:
    """Return which of the months any source has told of in a layout, and when last."""
    told = delivered_by_layout(session, periods)
    return {period: at for (code, period), at in told.items() if code == layout.code}


def delivered_by_layout(
    session: Session, periods: Collection[date]
) -> dict[tuple[str, date], datetime]:
    """Return what any source has told of the months, by layout and month, and when last.

    Only what is read counts; until then its rows are not there to be compared.
    A month that is not in the answer is silent, which is not the same as no sales.
    """
    key = (DeliveryPeriod.layout, DeliveryPeriod.period)
    query = (
        sa.select(*key, sa.func.max(Delivery.received_at))
        .join(Delivery.months)
        .where(DeliveryPeriod.period.in_(periods), Delivery.state == DeliveryState.READ)
        .group_by(*key)
    )
    return {(code, period): received_at for code, period, received_at in session.execute(query)}
