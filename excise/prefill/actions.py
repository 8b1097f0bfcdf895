"""Take what was offered into a draft, as lines of its own."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from excise.errors import Conflict
from excise.prefill.queries import Offer, Source
from excise.returns.actions import LineEntry, set_line
from excise.returns.models import QUANTITY_PLACES
from excise.tariff.schema import Tariff


class OfferedTwice(Conflict):
    """Two sources tell of the same product: taking both would tax it twice; facts: `product`."""

    code = "offered-twice"


def take(
    session: Session,
    offers: Iterable[Offer],
    *,
    tariff: Tariff,
    draft_reference: str,
    person_id: int,
    submission_id: str,
    at: datetime,
) -> None:
    """Add a line for each offer; the same submission again adds nothing.

    Raises OfferedTwice, and what `set_line` raises.
    """
    sources: dict[int, Source] = {}
    for offer in offers:
        if sources.setdefault(offer.product.id, offer.source) is not offer.source:
            raise OfferedTwice(product=offer.product.name)
        entry = LineEntry(
            product_id=offer.product.id,
            tax_point_on=offer.tax_point_on,
            quantity=Decimal(offer.units).scaleb(-QUANTITY_PLACES),
            receipts_satang=offer.receipts_satang,
            measures={name: Decimal(text) for name, text in offer.measures.items()},
        )
        set_line(
            session,
            entry,
            tariff=tariff,
            draft_reference=draft_reference,
            person_id=person_id,
            position=None,
            submission_id=f"{submission_id}:{offer.key}",
            at=at,
        )
