"""Questions about stock statements and accounts."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from excise.db import locked
from excise.errors import NotFound
from excise.evidence.models import DeliveryPeriod
from excise.evidence.values import goods_code
from excise.people.rules import Right
from excise.products.queries import products_of
from excise.stock.models import Action, Statement, StockEntry, StockSheet
from excise.stock.rules import Row
from excise.taxpayers.models import Registration
from excise.taxpayers.queries import require_right_at


class Item(NamedTuple):
    """One item of an account as it stands: the last day and what was left."""

    form: str
    product_code: str
    day_on: date
    closing: int


def statement_of(
    session: Session, receipt_no: str, *, person_id: int, right: Right, on: date
) -> Statement:
    """Return a statement to somebody with the right; NotFound when it is not theirs."""
    found = session.scalar(
        sa.select(Statement).where(Statement.delivery.has(receipt_no=receipt_no))
    )
    if found is None:
        raise NotFound(what="stock-statement", id=receipt_no)
    require_right_at(session, found.registration, person_id=person_id, right=right, on=on)
    return found


def statement_by_submission(
    session: Session, registration_id: int, submission_id: str
) -> Statement | None:
    """Return what an establishment sent by one filling-in of a form, if anything."""
    return session.scalar(
        sa.select(Statement).where(
            Statement.submission_id == submission_id, Statement.registration_id == registration_id
        )
    )


def statements(registration_id: int, month: date | None = None) -> sa.Select[Statement]:
    """Return the query of an establishment's statements, of all months or one, newest first."""
    query = sa.select(Statement).where(Statement.registration_id == registration_id)
    if month is not None:
        months = sa.select(DeliveryPeriod.delivery_id).where(DeliveryPeriod.period == month)
        query = query.where(Statement.delivery_id.in_(months))
    return query.order_by(Statement.sent_at.desc(), Statement.id.desc())


def months_told(session: Session, registration_id: int) -> list[date]:
    """Return the months that an establishment's statements tell of, the latest first."""
    query = (
        sa.select(DeliveryPeriod.period)
        .join(Statement, Statement.delivery_id == DeliveryPeriod.delivery_id)
        .where(Statement.registration_id == registration_id)
        .distinct()
        .order_by(DeliveryPeriod.period.desc())
    )
    return list(session.scalars(query))


def product_codes(session: Session, registration: Registration) -> dict[str, str]:
    """Return the names of an establishment's products by the code that statements use.

    That is the GTIN in its longest form; a product without one is P and its number.
    """
    return {
        goods_code(one.gtin or f"P{one.id}"): one.name
        for one in products_of(session, registration.id)
    }


def in_force(
    session: Session, registration_id: int, form: str, items: Collection[str]
) -> dict[str, dict[date, tuple[int, Row | None]]]:
    """Return of some items each day that was told: its version, and what is in force if anything.

    A day that was annulled has a version and no row.
    """
    found: dict[str, dict[date, tuple[int, Row | None]]] = defaultdict(dict)
    for entry in session.scalars(
        sa.select(StockEntry)
        .where(
            StockEntry.registration_id == registration_id,
            StockEntry.form == form,
            StockEntry.product_code.in_(items),
        )
        .order_by(StockEntry.version)
    ):
        row = None if entry.action is Action.ANNULMENT else _row(entry)
        found[entry.product_code][entry.day_on] = (entry.version, row)
    return found


def _row(entry: StockEntry) -> Row:
    figures = (entry.opening, entry.received, entry.issued, entry.lost, entry.closing)
    return Row(0, entry.form, entry.product_code, entry.day_on, *figures)


def closings(session: Session, registration_id: int, form: str) -> dict[str, dict[date, int]]:
    """Return the closings in force of all items of an account, by item and day."""
    query = _last_versions().where(
        StockEntry.registration_id == registration_id, StockEntry.form == form
    )
    found: dict[str, dict[date, int]] = defaultdict(dict)
    for entry in session.scalars(query):
        found[entry.product_code][entry.day_on] = entry.closing
    return found


def items_of(session: Session, registration_id: int) -> list[Item]:
    """Return the items of an establishment's accounts as they stand, by form and code."""
    query = _last_versions().where(StockEntry.registration_id == registration_id)
    last: dict[tuple[str, str], Item] = {}
    for entry in session.scalars(query.order_by(StockEntry.day_on)):
        item = Item(entry.form, entry.product_code, entry.day_on, entry.closing)
        last[entry.form, entry.product_code] = item
    return [last[key] for key in sorted(last)]


def account_entries(registration_id: int, form: str, product_code: str) -> sa.Select[StockEntry]:
    """Return the query of all that was told of one item, the latest day first, corrections kept."""
    return (
        sa.select(StockEntry)
        .where(
            StockEntry.registration_id == registration_id,
            StockEntry.form == form,
            StockEntry.product_code == product_code,
        )
        .order_by(StockEntry.day_on.desc(), StockEntry.version.desc())
    )


def sheet_of(
    session: Session, registration_id: int, account: str, *, for_update: bool = False
) -> StockSheet | None:
    """Return the lines that people are typing into an account, if any."""
    query = sa.select(StockSheet).where(
        StockSheet.registration_id == registration_id, StockSheet.account == account
    )
    return session.scalar(locked(query, StockSheet) if for_update else query)


def _last_versions() -> sa.Select[StockEntry]:
    later = aliased(StockEntry)
    is_overtaken = sa.exists().where(
        later.registration_id == StockEntry.registration_id,
        later.form == StockEntry.form,
        later.product_code == StockEntry.product_code,
        later.day_on == StockEntry.day_on,
        later.version > StockEntry.version,
    )
    return sa.select(StockEntry).where(~is_overtaken, StockEntry.action != Action.ANNULMENT)
