"""Land deliveries: what was acknowledged is durable before the answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from excise import audit, numbering, work
from excise.db import lock
from excise.documents.store import Store
from excise.errors import Conflict
from excise.evidence.layouts import LAYOUTS
from excise.evidence.models import Channel, Delivery
from excise.evidence.queries import delivery_of
from excise.evidence.rows import written
from excise.evidence.rules import Sale
from excise.periods import fiscal_year_be, local_date

SALES = LAYOUTS["vat_sales"]
_SERIES, _OTHER_SERIES = ("VS", "vat-sales"), ("EV", "evidence")


class DeliveryChanged(Conflict):
    """The source used this document number before, for other content."""

    code = "delivery-changed"


@dataclass(frozen=True)
class Landed:
    """A delivery, and whether it had landed before."""

    delivery: Delivery
    is_repeat: bool


@dataclass(frozen=True)
class Kept:
    """A delivery whose files are in the store and whose row is not yet written."""

    layout: str
    content_sha256: str
    rows_sha256: str
    count: int
    amount_satang: int
    periods: list[str]


def keep(store: Store, content: bytes, sales: Iterable[Sale]) -> Kept:
    """Put a delivery of VAT sales into the store; it survives a power cut from here on.

    Needs no session, so that nobody waits for a large file to reach the disk.
    What never gets its row stays in the store, found by nobody.
    """
    rows = written(sales)
    return Kept(
        layout=SALES.code,
        content_sha256=store.put(content),
        rows_sha256=store.put(rows.content),
        count=rows.count,
        amount_satang=rows.amount_satang,
        periods=rows.periods,
    )


def land(
    session: Session,
    store: Store,
    *,
    source_code: str,
    document_no: str,
    name: str,
    content: bytes,
    channel: Channel,
    sales: Iterable[Sale],
    row_count: int,
    by: str,
    at: datetime,
) -> Landed:
    """Keep a delivery of VAT sales and give it its receipt number; its reading follows the commit.

    `content` decides whether a second delivery under the number is the same one:
    give what the source said and leave out what differs each time it is sent,
    as the envelope of a message does. `sales` are the accepted of `row_count` rows.
    `by` is an actor: "officer:3", "agency:RD" or "terminal".

    Raises DeliveryChanged, with `receipt_no` and `content_sha256` of the earlier one.
    """
    return enter(
        session,
        keep(store, content, sales),
        source_code=source_code,
        document_no=document_no,
        name=name,
        channel=channel,
        row_count=row_count,
        by=by,
        at=at,
    )


def enter(
    session: Session,
    kept: Kept,
    *,
    source_code: str,
    document_no: str,
    name: str,
    channel: Channel,
    row_count: int,
    by: str,
    at: datetime,
) -> Landed:
    """Write the row of a delivery that is kept; as `land`, of which it is the second half."""
    lock(session, f"delivery:{source_code}:{document_no}")
    if earlier := delivery_of(session, source_code, document_no):
        return _same_or_changed(earlier, kept)
    year = fiscal_year_be(local_date(at))
    letters, series = _SERIES if kept.layout == SALES.code else _OTHER_SERIES
    delivery = Delivery(
        receipt_no=f"{letters}-{year}-{numbering.take(session, f'{series}:{year}'):07d}",
        layout=kept.layout,
        source_code=source_code,
        document_no=document_no,
        channel=channel,
        name=name,
        content_sha256=kept.content_sha256,
        rows_sha256=kept.rows_sha256,
        received_at=at,
        received_by=by,
        row_count=row_count,
        accepted_count=kept.count,
        amount_satang=kept.amount_satang,
        periods=kept.periods,
    )
    session.add(delivery)
    _announce(session, delivery)
    return Landed(delivery, is_repeat=False)


def _same_or_changed(earlier: Delivery, kept: Kept) -> Landed:
    if earlier.content_sha256 != kept.content_sha256:
        raise DeliveryChanged(receipt_no=earlier.receipt_no, content_sha256=earlier.content_sha256)
    return Landed(earlier, is_repeat=True)


def _announce(session: Session, delivery: Delivery) -> None:
    audit.record(
        session,
        actor=delivery.received_by,
        act="delivery.land",
        subject=f"delivery:{delivery.receipt_no}",
        at=delivery.received_at,
        source_code=delivery.source_code,
        layout=delivery.layout,
        document_no=delivery.document_no,
        content_sha256=delivery.content_sha256,
        row_count=delivery.row_count,
        accepted_count=delivery.accepted_count,
    )
    number, layout, soon = delivery.receipt_no, delivery.layout, work.Priority.SOON
    if delivery.channel is Channel.SOAP:
        work.enqueue_together(session, "evidence.read_messages", layout, layout, priority=soon)
    else:
        work.enqueue(session, "evidence.read", number, number, priority=soon)
