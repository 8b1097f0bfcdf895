"""Enter products and notify their prices."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session
from stdnum import ean
from stdnum.exceptions import ValidationError

from excise import audit, numbering, periods
from excise.db import lock
from excise.errors import Conflict, Invalid, NotFound
from excise.money import baht
from excise.people.rules import Right
from excise.products.models import Price, Product
from excise.products.queries import product_of
from excise.products.rules import is_service, measures_of_product
from excise.tariff.rules import srp_ex_vat_satang
from excise.tariff.rules.measures import checked
from excise.tariff.schema import Tariff
from excise.taxpayers.models import Registration, RegistrationState
from excise.taxpayers.queries import require_right_at


class PriceAlreadyNotified(Conflict):
    """There is a price from this day already."""

    code = "price-already-notified"


@dataclass(frozen=True, kw_only=True)
class ProductDetails:
    """What describes a product; `measures` by the names the tariff uses."""

    item: str
    name: str
    unit: str
    brand: str = ""
    model: str = ""
    size: str = ""
    gtin: str | None = None
    measures: dict[str, Decimal]


def add_product(
    session: Session,
    details: ProductDetails,
    *,
    tariff: Tariff,
    registration_id: int,
    person_id: int,
    submission_id: str,
    at: datetime,
) -> Product:
    """Enter a product of an establishment; the same submission again is its first answer.

    Raises Invalid when the item is outside the registration, a measure is
    missing or the GTIN's check digit is wrong.
    """
    registration = session.get(Registration, registration_id)
    if registration is None:
        raise NotFound(what="registration", id=registration_id)
    today = periods.local_date(at)
    _require(session, registration, person_id, today)
    lock(session, f"products:{registration_id}")
    query = sa.select(Product).where(Product.submission_id == submission_id)
    if earlier := session.scalar(query.where(Product.registration_id == registration_id)):
        return earlier
    _check(tariff, registration, details, today)
    details = replace(details, gtin=_gtin(details.gtin))
    _refuse_same_gtin(session, registration, details.gtin)
    product = Product(
        submission_id=submission_id,
        registration_id=registration.id,
        created_at=at,
        **vars(details)
        | {"measures": {name: str(number) for name, number in details.measures.items()}},
    )
    session.add(product)
    session.flush()  # its page is named by its id
    audit.record(
        session,
        actor=f"person:{person_id}",
        act="product.add",
        subject=f"product:{product.id}",
        at=at,
        item=details.item,
    )
    return product


def _require(session: Session, registration: Registration, person_id: int, today: date) -> None:
    require_right_at(session, registration, person_id=person_id, right=Right.PREPARE, on=today)
    if registration.state is not RegistrationState.APPROVED:
        raise Conflict("registration-not-approved", reference=registration.reference)


def _check(
    tariff: Tariff, registration: Registration, details: ProductDetails, today: date
) -> None:
    item = next((item for item in tariff.items if item.id == details.item), None)
    if item is None or not set(item.duty_groups) & set(registration.duty_groups):
        raise Invalid("item-outside-registration", field="item")
    if unknown := set(details.measures) - set(tariff.measures):
        raise Invalid("unknown-measure", field=min(unknown))
    for need in measures_of_product(tariff, details.item, today):
        number = details.measures.get(need.name)
        if number is None:
            raise Invalid("measure-missing", field=need.name)
        checked(need.name, number, decimals=need.decimals, at_most=need.at_most)


def _gtin(typed: str | None) -> str | None:
    """Return the digits of a GTIN, by which the same product is known again."""
    try:
        return typed if typed is None else str(ean.validate(typed))
    except ValidationError as error:
        raise Invalid("gtin-wrong", field="gtin") from error


def _refuse_same_gtin(session: Session, registration: Registration, gtin: str | None) -> None:
    if gtin and session.scalar(
        sa.select(Product.id).where(
            Product.registration_id == registration.id, Product.gtin == gtin
        )
    ):
        raise Conflict("gtin-already-used", field="gtin")


def notify_price(
    session: Session,
    *,
    tariff: Tariff,
    product_id: int,
    retail_incl_vat_satang: int,
    effective_from: date,
    person_id: int,
    submission_id: str,
    at: datetime,
) -> Price:
    """Notify a suggested retail price (ภส.02-01) from a day on.

    A change must be notified before it applies; only the first price of a
    product may begin earlier. The price without VAT follows from the retail
    price (law: s. 17). The same submission again is its first answer.
    """
    today = periods.local_date(at)
    product = product_of(
        session, product_id, person_id=person_id, right=Right.SUBMIT, on=today, for_update=True
    )
    if earlier := session.scalar(sa.select(Price).where(Price.submission_id == submission_id)):
        return _same_or_conflict(earlier, (product_id, retail_incl_vat_satang, effective_from))
    without_vat = check_price(
        tariff,
        product,
        retail_incl_vat_satang=retail_incl_vat_satang,
        effective_from=effective_from,
        today=today,
    )
    year = periods.fiscal_year_be(today)
    price = Price(
        reference=f"SRP{year}{numbering.take(session, f'price:{year}'):07d}",
        submission_id=submission_id,
        effective_from=effective_from,
        retail_incl_vat_satang=retail_incl_vat_satang,
        srp_ex_vat_satang=without_vat,
        notified_at=at,
        notified_by=person_id,
    )
    product.prices.append(price)
    audit.record(
        session,
        actor=f"person:{person_id}",
        act="price.notify",
        subject=f"product:{product.id}",
        at=at,
        reference=price.reference,
        retail_incl_vat_satang=retail_incl_vat_satang,
    )
    return price


def _same_or_conflict(earlier: Price, asked: tuple[int, int, date]) -> Price:
    told = (earlier.product_id, earlier.retail_incl_vat_satang, earlier.effective_from)
    if told != asked:
        raise Conflict("submission-reused")
    return earlier


def check_price(
    tariff: Tariff,
    product: Product,
    *,
    retail_incl_vat_satang: int,
    effective_from: date,
    today: date,
) -> int:
    """Return the price without VAT, in satang, of a price that may be notified.

    Raises Invalid `service-has-no-price`, `price-not-positive`, `out-of-range`,
    `price-change-backdated`, and PriceAlreadyNotified.
    """
    if is_service(tariff, product.item):
        raise Invalid("service-has-no-price", field="retail_price")
    if retail_incl_vat_satang <= 0:
        raise Invalid("price-not-positive", field="retail_price")
    highest = tariff.measures["retail_price_incl_vat"].max
    checked("retail_price", baht(retail_incl_vat_satang), decimals=2, at_most=highest)
    if any(price.effective_from == effective_from for price in product.prices):
        raise PriceAlreadyNotified(field="effective_from")
    if product.prices and effective_from < today:
        raise Invalid("price-change-backdated", field="effective_from")
    return srp_ex_vat_satang(
        tariff, retail_incl_vat_satang=retail_incl_vat_satang, on=effective_from
    )
