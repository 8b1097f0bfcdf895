"""What the Revenue Department says the demonstration's businesses sold, with the usual flaws."""

import csv
import io
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import periods
from excise.config import Settings
from excise.db import Database
from excise.demo.copies import Copy, copies
from excise.demo.story import SEED, Business, businesses
from excise.documents.store import Store
from excise.evidence.actions import land
from excise.evidence.models import Channel, Delivery
from excise.evidence.queries import delivery_of
from excise.evidence.rules import COLUMNS, Sale, check_sale
from excise.evidence.workflows import read_now
from excise.matching.actions import run_now
from excise.money import baht, satang
from excise.products.models import Product
from excise.returns.models import QUANTITY_PLACES, DeclaredLine
from excise.tariff.schema import Tariff
from excise.taxpayers.models import Registration, Taxpayer

SOURCE, INVOICES, MONTHS = "RD", 4, 3
_MAKERS_SHARE_PCT = 60  # of the retail price; the rest is the shops'
_WITHOUT_PRICE_SATANG = 20_00  # a unit of what is taxed by quantity alone
_VAT_PCT = 7
Row = dict[str, str]


def deliver(
    settings: Settings, database: Database, tariff: Tariff, *, at: datetime, taxpayers: int = 0
) -> None:
    """Bring in the VAT sales of the last months, a delivery a month; what is there stays.

    One business in eight sold more than it declared, some invoice is dated into the
    next month, and who has not filed has sold all the same. Read and compared at
    once, so that officers find their queue filled. Copies, up to so many `taxpayers`
    in all, sold what the business sold that they are copied from.
    """
    store, this_month = Store(settings.documents), periods.local_date(at).replace(day=1)
    months = [periods.add_months(this_month, -back) for back in range(MONTHS, 0, -1)]
    for month in months:
        with database.transaction() as session:
            number = f"PP30-{month:%Y%m}" + (f"-{taxpayers}" if taxpayers else "")
            if delivery_of(session, SOURCE, number) is not None:
                continue
            receipt_no = _land(session, store, number, month, at, taxpayers).receipt_no
        read_now(settings, database, receipt_no)
        run_now(settings, database, tariff, period=month, cause="demo", at=at)


def _land(
    session: Session, store: Store, number: str, month: date, at: datetime, taxpayers: int
) -> Delivery:
    played = [list(_rows(session, place, month, at)) for place in range(len(businesses()))]
    rows = [row for rows in played for row in rows]
    rows += [row for copy in copies(taxpayers) for row in _sold_by(copy, played[copy.original])]
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    table.writeheader()
    table.writerows(rows)
    landed = land(
        session,
        store,
        source_code=SOURCE,
        document_no=number,
        name=f"vat-sales-{month:%Y-%m}.csv",
        content=text.getvalue().encode(),
        channel=Channel.FILE,
        sales=[_read(row, at) for row in rows],
        row_count=len(rows),
        by="demo",
        at=at.astimezone(UTC),
    )
    return landed.delivery


def _sold_by(copy: Copy, rows: list[Row]) -> Iterator[Row]:
    """Yield the sales of a copy; its documents have its number."""
    business = copy.business
    own = {"tax_id": business.tax_id, "product_code": business.gtin or ""}
    for row in rows:
        yield row | own | {"document_no": f"{row['document_no']}-{copy.number}-{copy.place}"}


def _read(row: Row, at: datetime) -> Sale:
    sale = check_sale(row, today=periods.local_date(at))
    assert isinstance(sale, Sale), sale
    return sale


def _rows(session: Session, number: int, month: date, at: datetime) -> Iterator[Row]:
    business = businesses()[number]
    chance = random.Random(f"{SEED}-{number}-{month}")  # noqa: S311  # the same data every time
    product = session.scalars(
        sa.select(Product)
        .join(Registration, Registration.id == Product.registration_id)
        .join(Taxpayer, Taxpayer.id == Registration.taxpayer_id)
        .where(Taxpayer.tax_id == business.tax_id)
    ).first()
    if product is None:
        return
    sold = _sold(session, business, product, month, chance)
    next_month = periods.add_months(month, 1)
    is_late = chance.random() < 0.08 and next_month < periods.local_date(at).replace(day=1)
    whole = 1 if business.is_service else 10**QUANTITY_PLACES
    each = sold // whole // INVOICES * whole
    for part in range(INVOICES):
        share = each if part else sold - each * (INVOICES - 1)
        if share:
            last = part == INVOICES - 1
            day = next_month if is_late and last else month + timedelta(days=3 + 7 * part)
            yield _row(business, product, f"IV{month:%y%m}-{number:03d}{part}", day, share)


def _sold(
    session: Session, business: Business, product: Product, month: date, chance: random.Random
) -> int:
    """Return what was sold: ten-thousandths of units, for services satang."""
    column = DeclaredLine.value_satang if business.is_service else DeclaredLine.units
    declared = session.scalar(
        sa.select(sa.func.sum(column)).where(
            DeclaredLine.product_id == product.id, DeclaredLine.period == month
        )
    )
    usual = Decimal(business.facts["units"])
    whole = 1 if business.is_service else 10**QUANTITY_PLACES
    base = int(declared or 0) or (satang(usual) if business.is_service else int(usual) * whole)
    mood = chance.random()
    percent = chance.randint(6, 14) if mood < 0.12 else 0
    return base // whole * (100 + percent) // 100 * whole


def _row(business: Business, product: Product, document_no: str, day: date, share: int) -> Row:
    if business.is_service:
        quantity, amount_satang = Decimal(1), share
    else:
        quantity = Decimal(share).scaleb(-QUANTITY_PLACES)
        amount_satang = int(quantity * _unit_satang(product, day))
    return {
        "document_no": document_no,
        "line_no": "1",
        "document_type": "388",
        "tax_id": business.tax_id,
        "branch": "00000",
        "document_date": day.isoformat(),
        "product_code": product.gtin or "",
        "quantity": str(quantity),
        "amount": str(baht(amount_satang)),
        "vat": str(baht(amount_satang * _VAT_PCT // 100)),
    }


def _unit_satang(product: Product, day: date) -> int:
    price = product.price_on(day)
    if price is None:
        return _WITHOUT_PRICE_SATANG
    return price.srp_ex_vat_satang * _MAKERS_SHARE_PCT // 100
