"""Products and prices from a spreadsheet, and products found by a photograph of the barcode."""

import csv
import io
import json
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField

from excise.errors import Conflict, Invalid
from excise.people.rules import Right
from excise.products import sheets
from excise.products.barcodes import gtins_in
from excise.products.rules import items_for
from excise.products.sheets import SheetWrong, Taken, Wrong
from portal.products.room import bp, establishment_with
from web.access import person_id
from web.clock import now, today
from web.db import reading, transaction
from web.fields import Needed, SubmissionForm, fail
from web.fields.base import BaseForm
from web.i18n import in_language, language
from web.messages import message_for
from web.tariff import tariff_now

SHOWN = 50  # of the errors on the page; the file has all
_FORMULA = ("=", "+", "-", "@", "\t")


class SheetForm(SubmissionForm):
    """A file of products and prices."""

    file = FileField(
        _("Spreadsheet (XLSX or CSV)"),
        [Needed(_("Choose the file"))],
        description=_("At most 200 rows and 5 MB. If this page comes back, choose it again."),
    )


class PhotoForm(BaseForm):
    """A photograph of a barcode."""

    photo = FileField(
        _("Photograph of the barcode"),
        [Needed(_("Choose the photograph, or take one"))],
        description=_("JPEG, PNG or WebP, at most 10 MB. Hold the camera straight and close."),
    )


@bp.route("/establishments/<number>/products/import", methods=["GET", "POST"])
def bring_in(number: str) -> ResponseReturnValue:
    """Take a spreadsheet whole, or say what is wrong in which cell."""
    registration = establishment_with(number, Right.SUBMIT)
    form = SheetForm()
    wrong: tuple[Wrong, ...] = ()
    if form.validate_on_submit():
        try:
            taken = _taken(form, registration.id)
            flash(_said(taken), "success")
            return redirect(url_for(".index", number=number), 303)
        except SheetWrong as error:
            wrong = error.wrong
            fail(form, error)
        except (Invalid, Conflict) as error:
            fail(form, error)
    return render_template(
        "portal/products/bring_in.html",
        registration=registration,
        form=form,
        wrong=wrong[:SHOWN],
        faults=json.dumps([_in_both(each) for each in wrong], ensure_ascii=False),
        count=len(wrong),
        titles=_titles(),
        items=items_for(tariff_now(), registration.duty_groups, today()),
        message_for=message_for,
    )


def _taken(form: SheetForm, registration_id: int) -> Taken:
    rows = sheets.rows_of(form.file.data.read(), tariff_now())
    with transaction() as session:
        return sheets.take_rows(
            session,
            rows,
            tariff=tariff_now(),
            registration_id=registration_id,
            person_id=person_id(),
            submission_id=form.submission_id.data,
            at=now(),
            today=today(),
        )


def _said(taken: Taken) -> str:
    said = gettext(
        "Products added: %(added)s. Prices notified: %(priced)s. Rows with nothing new: %(same)s.",
        added=taken.added,
        priced=taken.priced,
        same=taken.unchanged,
    )
    return str(said)


def _titles() -> dict[str, str]:
    """Return the title of each column in the visitor's language."""
    measures = tariff_now().measures
    if language() == "th":
        return sheets.titles(tariff_now())
    return {name: name for name in sheets.COLUMNS} | {n: each.en for n, each in measures.items()}


def _in_both(wrong: Wrong) -> list[Any]:
    """Return one fault as a line of the file of errors: in Thai and in English."""
    told = []
    for lang in ("th", "en"):
        with in_language(lang):
            told.append(message_for(wrong.error))
    return [wrong.row, _titles().get(wrong.column, wrong.column), wrong.value, *told]


@bp.route("/establishments/<number>/products/import/errors", methods=["GET", "POST"])
def faults(number: str) -> ResponseReturnValue:
    """Give the errors that the page just showed as a file."""
    establishment_with(number, Right.SUBMIT)
    try:
        told = [[str(cell) for cell in line] for line in json.loads(request.form["faults"])]
    except (KeyError, TypeError, ValueError, RecursionError):
        return redirect(url_for(".bring_in", number=number))  # reloaded, or sent by nobody
    header = ["แถว | row", "คอลัมน์ | column", "ค่า | value", "ข้อผิดพลาด", "error"]
    return _csv([header, *told], "product-errors.csv")


@bp.get("/establishments/<number>/products/import/example.csv")
def example(number: str) -> ResponseReturnValue:
    """Give a sheet to fill in, with a line for each item of the registration."""
    registration = establishment_with(number, Right.VIEW)
    items = [item.id for item in items_for(tariff_now(), registration.duty_groups, today())]
    return _csv(sheets.example(tariff_now(), items, today()), "products.csv")


def _csv(rows: Any, name: str) -> Response:
    """Return a file that a spreadsheet opens, and in which nothing is a formula."""
    text = io.StringIO()
    csv.writer(text).writerows(
        [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row] for row in rows
    )
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response("\ufeff" + text.getvalue(), mimetype="text/csv", headers=headers)


@bp.route("/establishments/<number>/products/scan", methods=["GET", "POST"])
def scan(number: str) -> ResponseReturnValue:
    """Read a barcode from a photograph: show its product, or begin one with it."""
    registration = establishment_with(number, Right.PREPARE)
    form = PhotoForm()
    if form.validate_on_submit():
        try:
            gtins = gtins_in(form.photo.data.read())
        except Invalid as error:
            fail(form, error)
        else:
            if found := sheets.product_with(reading(), registration.id, gtins):
                return redirect(url_for(".show", product_id=found.id), 303)
            flash(
                gettext(
                    "No product has the barcode %(gtin)s yet. Choose what it is.", gtin=gtins[0]
                ),
                "info",
            )
            return redirect(url_for(".choose", number=number, gtin=gtins[0]), 303)
    return render_template("portal/products/scan.html", registration=registration, form=form)
