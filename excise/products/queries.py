"""Questions about products."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from excise.db import locked
from excise.errors import NotFound
from excise.people.rules import Right
from excise.products.models import Product
from excise.tariff.rules import Line
from excise.taxpayers.models import Registration
from excise.taxpayers.queries import require_right_at


def product_of(
    session: Session,
    product_id: int,
    *,
    person_id: int,
    right: Right,
    on: date,
    for_update: bool = False,
) -> Product:
    """Return a product to somebody with the right; NotFound when it is not theirs."""
    query = sa.select(Product).where(Product.id == product_id)
    if for_update:
        query = locked(query, Product)
    if (product := session.scalar(query)) is None:
        raise NotFound(what="product", id=product_id)
    require_right_at(session, product.registration, person_id=person_id, right=right, on=on)
    return product


def products(registration_id: int) -> sa.Select[Product]:
    """Return the query of an establishment's products with their prices, by name."""
    return (
        sa.select(Product)
        .where(Product.registration_id == registration_id)
        .options(selectinload(Product.prices))
        .order_by(Product.name, Product.id)
    )


def products_of(session: Session, registration_id: int) -> list[Product]:
    """Return an establishment's products with their prices, by name."""
    return list(session.scalars(products(registration_id)))


def products_of_taxpayer(session: Session, taxpayer_id: int) -> list[Product]:
    """Return the products of all establishments of a taxpayer, by name."""
    query = (
        sa.select(Product)
        .join(Registration, Registration.id == Product.registration_id)
        .where(Registration.taxpayer_id == taxpayer_id)
        .order_by(Product.name, Product.id)
    )
    return list(session.scalars(query))


def line_of(
    product: Product,
    *,
    tax_point_on: date,
    quantity: Decimal,
    receipts_satang: int | None = None,
    measures: Mapping[str, Decimal] | None = None,
) -> Line:
    """Return so much of a product as the calculation takes it, at the price in force that day."""
    price = product.price_on(tax_point_on)
    retail = price.retail_incl_vat_satang if price and receipts_satang is None else None
    return Line(
        item=product.item,
        tax_point_date=tax_point_on,
        units=quantity,
        srp_ex_vat_satang=receipts_satang,
        retail_price_incl_vat_satang=retail,
        measures={**product.measures_as_numbers(), **(measures or {})},
    )
