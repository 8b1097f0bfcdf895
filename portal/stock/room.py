"""Stock accounts of an establishment: what was sent, what stands, and one item over time."""

from pathlib import Path

from flask import Blueprint, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue

from excise.documents.store import Store
from excise.people.rules import Right
from excise.stock import queries
from excise.stock.accounts import account_of, accounts_of
from excise.stock.models import Statement
from excise.taxpayers.models import Registration
from excise.taxpayers.queries import establishment, establishments_of, reach_of
from portal.stock import words
from web.access import person_id
from web.clock import today
from web.db import reading
from web.paging import page_of

bp = Blueprint("stock", __name__)
_ENDINGS = (".csv", ".xlsx", ".parquet")


def place_of(number: str, right: Right = Right.VIEW) -> Registration:
    """Return the establishment to somebody with the right."""
    return establishment(reading(), number, person_id=person_id(), right=right, on=today())


def store() -> Store:
    """Return where the files lie."""
    return Store(current_app.extensions["settings"].documents)


@bp.get("/stock/")
def index() -> ResponseReturnValue:
    """Let somebody choose an establishment; the accounts are kept one by one."""
    reach = reach_of(reading(), person_id(), on=today())
    return render_template("portal/stock/index.html", places=establishments_of(reading(), reach))


@bp.get("/establishments/<number>/stock")
def place(number: str) -> ResponseReturnValue:
    """Show what an establishment sent, of all months or one, and what stands in its accounts."""
    registration = place_of(number)
    months = queries.months_told(reading(), registration.id)
    asked = request.args.get("month", "")
    month = next((one for one in months if one.isoformat() == asked), None)
    return render_template(
        "portal/stock/place.html",
        registration=registration,
        accounts=accounts_of(registration),
        items=queries.items_of(reading(), registration.id),
        names=queries.product_codes(reading(), registration),
        months=months,
        month=month,
        page=page_of(queries.statements(registration.id, month)),
        words=words,
    )


@bp.get("/establishments/<number>/stock/<account>/item")
def item(number: str, account: str) -> ResponseReturnValue:
    """Show the account of one item over time, with every correction."""
    registration = place_of(number)
    kept = account_of(registration, account)
    code = request.args.get("code", "")
    return render_template(
        "portal/stock/item.html",
        registration=registration,
        account=kept,
        code=code,
        name=queries.product_codes(reading(), registration).get(code, ""),
        page=page_of(queries.account_entries(registration.id, kept.form, code)),
        words=words,
    )


@bp.get("/stock/statements/<receipt_no>")
def show(receipt_no: str) -> ResponseReturnValue:
    """Show one statement with its receipt number; can be opened again for ever."""
    statement = _statement(receipt_no)
    return render_template("portal/stock/show.html", statement=statement, words=words)


@bp.get("/stock/statements/<receipt_no>/file")
def download(receipt_no: str) -> ResponseReturnValue:
    """Hand out what was sent, byte for byte."""
    delivery = _statement(receipt_no).delivery
    ending = Path(delivery.name).suffix.lower()
    name = f"{receipt_no}{ending if ending in _ENDINGS else '.csv'}"
    content = store().get(delivery.content_sha256)
    return as_download(content, name, mimetype="application/octet-stream")


@bp.get("/establishments/<number>/stock/<account>/example")
def example(number: str, account: str) -> ResponseReturnValue:
    """Hand out a small file in the layout of an account."""
    kept = account_of(place_of(number), account)
    content = kept.layout.example.encode("utf-8-sig")
    return as_download(content, f"{kept.layout.code}.csv")


def as_download(content: bytes, name: str, *, mimetype: str = "text/csv") -> Response:
    """Return a file to be kept; it is never shown, whoever sent it."""
    said = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype=mimetype, headers=said)


def _statement(receipt_no: str) -> Statement:
    return queries.statement_of(
        reading(), receipt_no, person_id=person_id(), right=Right.VIEW, on=today()
    )
