"""Pages about what other agencies delivered."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from backoffice.accounts import officer
from backoffice.evidence import words
from backoffice.evidence.forms import MOST_BYTES, DeliveryForm
from backoffice.work import words as work_words
from excise import work
from excise.documents.store import Store
from excise.errors import Invalid, NotFound
from excise.evidence import queries
from excise.evidence.checking import RowFault
from excise.evidence.columns import Layout
from excise.evidence.files import enter_file, keep_file
from excise.evidence.layouts import layout_of
from excise.evidence.models import Channel, Delivery, DeliveryState
from web.access import requires
from web.clock import now
from web.db import database, reading, transaction
from web.fields import fail
from web.incoming import ENVELOPE_BYTES, takes
from web.paging import page_of

bp = Blueprint("evidence", __name__, url_prefix="/evidence")
_SHOWN = 200
_PIECE_BYTES = 1 << 20
_ENDINGS = (".csv", ".xlsx", ".parquet", ".xml")


@bp.get("/")
@requires("evidence.view")
def index() -> ResponseReturnValue:
    """Show deliveries, newest first."""
    page = page_of(queries.newest_first())
    return render_template(
        "backoffice/evidence/index.html",
        page=page,
        source_name=words.source_names(),
        words=words,
    )


@bp.get("/<receipt_no>")
@requires("evidence.view")
def show(receipt_no: str) -> ResponseReturnValue:
    """Show one delivery and what became of its rows, or how far the worker is."""
    delivery = queries.delivery(reading(), receipt_no)
    return render_template(
        "backoffice/evidence/show.html",
        delivery=delivery,
        item=_reading_of(delivery),
        work_words=work_words,
        source_name=words.source_names(),
        words=words,
    )


@bp.get("/<receipt_no>/file")
@requires("evidence.view")
def download(receipt_no: str) -> ResponseReturnValue:
    """Hand out what was delivered, byte for byte."""
    delivery = queries.delivery(reading(), receipt_no)
    is_file = delivery.channel is Channel.FILE
    ending = Path(delivery.name).suffix.lower() if is_file else ".xml"
    name = f"{receipt_no}{ending if ending in _ENDINGS else '.csv'}"
    return Response(
        _pieces(_store().path_of(delivery.content_sha256)),
        mimetype="application/octet-stream",  # never shown: who sent it may have meant harm
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _reading_of(delivery: Delivery) -> work.Item | None:
    """Return the work that reads a file, unless that is done or not asked for yet."""
    if delivery.state is DeliveryState.LANDED and delivery.channel is Channel.FILE:
        with suppress(NotFound):
            return work.find(database(), f"evidence.read:{delivery.receipt_no}")
    return None


@bp.get("/new")
@requires("evidence.import")
def choose() -> ResponseReturnValue:
    """Ask which source's data the file holds."""
    return render_template("backoffice/evidence/choose.html", sources=words.sources(), words=words)


@bp.route("/new/<code>", methods=["GET", "POST"])
@takes(most_bytes=MOST_BYTES + ENVELOPE_BYTES)
@requires("evidence.import")
def bring_in(code: str) -> ResponseReturnValue:
    """Import a file: all of it, or nothing and every wrong row by its number."""
    layout, form = layout_of(code), DeliveryForm()
    errors, count = list[RowFault](), 0
    if form.validate_on_submit():
        try:
            return redirect(url_for(".show", receipt_no=_imported(form, layout)), 303)
        except Invalid as error:
            fail(form, error)
            errors, count = error.facts.get("errors", []), error.facts.get("count", 0)  # type: ignore[assignment]
    page = render_template(
        "backoffice/evidence/bring_in.html",
        form=form,
        errors=errors[:_SHOWN],
        count=count,
        layout=layout,
        words=words,
    )
    return page, 422 if form.errors or form.form_errors else 200


@bp.get("/examples/<code>")
@requires("evidence.import")
def example(code: str) -> ResponseReturnValue:
    """Hand out a small file in a layout, as spreadsheets open it."""
    layout = layout_of(code)
    return Response(
        layout.example.encode("utf-8-sig"),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{layout.code}.csv"'},
    )


def _imported(form: DeliveryForm, layout: Layout) -> str:
    name, by, at = form.file.data.filename or "", f"officer:{officer().id}", now()
    # Before the transaction, because nobody shall wait for the rows of a large file.
    with NamedTemporaryFile() as source:
        form.file.data.save(source)
        source.flush()
        kept = keep_file(_store(), Path(source.name), layout, at=at)
    with transaction() as session:
        landed = enter_file(session, kept, name=name, by=by, at=at)
        receipt_no = landed.delivery.receipt_no
    if landed.is_repeat:
        flash(gettext("This file was imported before. Nothing was taken again."), "info")
    return receipt_no


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            yield piece


def _store() -> Store:
    return Store(current_app.extensions["settings"].documents)
