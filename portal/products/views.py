"""Entering products and notifying their prices."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from excise.errors import Conflict, Invalid, NotFound
from excise.people.rules import Right
from excise.products import actions
from excise.products.models import Product
from excise.products.queries import product_of, products
from excise.products.rules import is_service, items_for, needs_price
from excise.tariff.entries import Item
from excise.tariff.rules import describe_rate, rate_confidence
from portal.products.catalogue import chapters_with, in_words
from portal.products.forms import PriceForm, product_form
from portal.products.room import bp, establishment_with
from web.access import person_id
from web.clock import now, today
from web.db import reading, transaction
from web.fields import carried, fail
from web.paging import page_of
from web.tariff import tariff_now


@bp.get("/establishments/<number>/products")
def index(number: str) -> ResponseReturnValue:
    """List an establishment's products, each with the price that applies today."""
    registration = establishment_with(number, Right.VIEW)
    tariff, page = tariff_now(), page_of(products(registration.id))
    rows = [
        {
            "product": product,
            "item": tariff.item(product.item),
            "price": product.price_on(today()),
            "price_state": _price_state(product),
        }
        for product in page.rows
    ]
    return render_template(
        "portal/products/index.html", registration=registration, rows=rows, page=page
    )


@bp.get("/establishments/<number>/products/choose")
def choose(number: str) -> ResponseReturnValue:
    """Offer the items of the tariff that the registration covers, by chapter."""
    registration = establishment_with(number, Right.PREPARE)
    words = request.args.get("q", "").strip()
    items = items_for(tariff_now(), registration.duty_groups, today())
    return render_template(
        "portal/products/choose.html",
        registration=registration,
        chapters=chapters_with(items, words),
        q=words,
        gtin=_gtin(),
    )


@bp.route("/establishments/<number>/products/new/<item>", methods=["GET", "POST"])
def new(number: str, item: str) -> ResponseReturnValue:
    """Enter a product of the chosen item."""
    registration = establishment_with(number, Right.PREPARE)
    offered = items_for(tariff_now(), registration.duty_groups, today())
    chosen = next((each for each in offered if each.id == item), None)
    if chosen is None:
        raise NotFound(what="item", id=item)
    form = product_form(tariff_now(), item, today(), gtin=_gtin())
    if form.validate_on_submit():
        try:
            with transaction() as session:
                product_id = actions.add_product(
                    session,
                    form.details(item),
                    tariff=tariff_now(),
                    registration_id=registration.id,
                    person_id=person_id(),
                    submission_id=form.submission_id.data,
                    at=now(),
                ).id
            return redirect(url_for(".show", product_id=product_id, added=1), 303)
        except (Invalid, Conflict) as error:
            fail(form, error)
    return render_template(
        "portal/products/new.html", registration=registration, form=form, **_rate(chosen)
    )


@bp.get("/products/<int(max=2147483647):product_id>")
def show(product_id: int) -> ResponseReturnValue:
    """Show a product with its rate and every price it had."""
    product = _product(product_id, Right.VIEW)
    item = tariff_now().item(product.item)
    return render_template(
        "portal/products/show.html",
        product=product,
        measures=in_words(product),
        current=product.price_on(today()),
        price_state=_price_state(product),
        added="added" in request.args,
        **_rate(item),
    )


@bp.route("/products/<int(max=2147483647):product_id>/price", methods=["GET", "POST"])
def price(product_id: int) -> ResponseReturnValue:
    """Ask for a new price."""
    product = _product(product_id, Right.SUBMIT)
    if is_service(tariff_now(), product.item):
        raise Invalid("service-has-no-price")
    return _ask_price(product, PriceForm(effective_from=today()))


@bp.route("/products/<int(max=2147483647):product_id>/price/check", methods=["GET", "POST"])
def check(product_id: int) -> ResponseReturnValue:
    """Show the price once more, with what is left of it without VAT."""
    product = _product(product_id, Right.SUBMIT)
    form = PriceForm()
    if form.validate_on_submit():
        try:
            without_vat = actions.check_price(tariff_now(), product, **form.price(), today=today())
            return render_template(
                "portal/products/check.html",
                product=product,
                without_vat_satang=without_vat,
                carried=carried(),
                **form.price(),
            )
        except (Invalid, Conflict) as error:
            fail(form, error)
    return _ask_price(product, form)


@bp.route("/products/<int(max=2147483647):product_id>/price/notify", methods=["GET", "POST"])
def notify(product_id: int) -> ResponseReturnValue:
    """Notify the price."""
    product = _product(product_id, Right.SUBMIT)
    form = PriceForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                reference = actions.notify_price(
                    session,
                    tariff=tariff_now(),
                    product_id=product_id,
                    person_id=person_id(),
                    submission_id=form.submission_id.data,
                    at=now(),
                    **form.price(),
                ).reference
            where = url_for(".notified", product_id=product_id, reference=reference)
            return redirect(where, 303)
        except (Invalid, Conflict) as error:
            fail(form, error)
    return _ask_price(product, form)


@bp.get("/products/<int(max=2147483647):product_id>/prices/<reference>")
def notified(product_id: int, reference: str) -> ResponseReturnValue:
    """Show the reference of a notified price; can be opened again for ever."""
    product = _product(product_id, Right.VIEW)
    found = next((each for each in product.prices if each.reference == reference), None)
    if found is None:
        raise NotFound(what="price", id=reference)
    return render_template("portal/products/notified.html", product=product, price=found)


def _gtin() -> str | None:
    """Return the barcode that was scanned before, if one was."""
    gtin = request.args.get("gtin", "")
    return gtin if gtin.isascii() and gtin.isdigit() and len(gtin) <= 14 else None


def _product(product_id: int, right: Right) -> Product:
    return product_of(reading(), product_id, person_id=person_id(), right=right, on=today())


def _ask_price(product: Product, form: PriceForm) -> ResponseReturnValue:
    # A check page that is loaded again, after signing in perhaps, begins anew.
    return render_template("portal/products/price.html", product=product, form=form)


def _price_state(product: Product) -> str:
    """Say what the list shows: a service, a price, one to come, none, or none needed."""
    tariff = tariff_now()
    if is_service(tariff, product.item):
        return "service"
    if product.price_on(today()) is not None:
        return "priced"
    if product.prices:
        return "coming"
    return "missing" if needs_price(tariff, product.item, today()) else "optional"


def _rate(item: Item) -> dict[str, Any]:
    """Return the item's rate today in words, and how sure it is."""
    tariff = tariff_now()
    return {
        "item": item,
        "rate": dict(zip(("th", "en"), describe_rate(tariff, item.id, today()), strict=True)),
        "confidence": rate_confidence(tariff, item.id, today()),
        "is_service": item.form == "services",
    }
