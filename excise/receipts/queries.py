"""Questions about receipts, and the check of the whole register."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import numbering
from excise.db import STREAMED
from excise.documents.models import Document, Original
from excise.documents.receipt import ReceiptFacts
from excise.errors import NotFound
from excise.receipts.models import Receipt, ReceiptKind
from excise.receipts.rules import GENESIS, entry_hash, text_hash


def receipt(session: Session, number: str) -> Receipt:
    """Return a tax receipt by its number, or raise NotFound."""
    found = session.scalar(
        sa.select(Receipt).where(Receipt.number == number, Receipt.main_id.is_(None))
    )
    if found is None:
        raise NotFound(what="receipt", id=number)
    return found


def receipt_of_payment(session: Session, payment_id: int) -> Receipt | None:
    """Return the tax receipt that was issued for a payment."""
    return session.scalar(
        sa.select(Receipt).where(Receipt.payment_id == payment_id, Receipt.main_id.is_(None))
    )


def document(session: Session, number: str) -> Document | None:
    """Return the finished document of a number, or None while it is being made."""
    return session.scalar(sa.select(Document).where(Document.number == number))


def first_fault(session: Session) -> str | None:
    """Walk every series: gapless, chained, unchanged. Say what is wrong, or None."""
    expected: dict[str, tuple[int, str]] = {}
    query = sa.select(Receipt).order_by(Receipt.series, Receipt.sequence)
    with session.scalars(query, execution_options=STREAMED) as rows:
        for row in rows:
            sequence, previous = expected.get(row.series, (1, GENESIS))
            if row.sequence != sequence:
                return f"series {row.series}: number {sequence} is missing"
            if row.previous != previous or not _is_intact(row):
                return f"receipt {row.number} was changed"
            expected[row.series] = (sequence + 1, row.hash)
    standing = {series: following - 1 for series, (following, _) in expected.items()}
    counted = numbering.taken(session, "receipt:")
    # A series of which nothing stands any more is known by its counter alone.
    for series in sorted(standing.keys() | {code.partition(":")[2] for code in counted}):
        taken, stand = counted.get(f"receipt:{series}", 0), standing.get(series, 0)
        if taken != stand:
            return f"series {series}: {taken} numbers were taken, {stand} receipts stand"
    return None


def _is_intact(row: Receipt) -> bool:
    told = entry_hash(
        series=row.series,
        sequence=row.sequence,
        number=row.number,
        kind=row.kind.value,
        amount_satang=row.amount_satang,
        facts_hash=row.facts_hash,
        issued_at=row.issued_at,
        previous=row.previous,
    )
    if row.kind is ReceiptKind.FUND:
        return told == row.hash and not row.facts  # they stand with the receipt of the tax
    return told == row.hash and text_hash(row.facts) == row.facts_hash


def calculation_of(session: Session, issued: Receipt) -> str | None:
    """Return the filed original behind a receipt: it explains every satang of it."""
    filing = ReceiptFacts.model_validate_json(issued.facts).tax_return
    original = session.get(Original, filing.original_sha256) if filing else None
    return original.content if original else None
