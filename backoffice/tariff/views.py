"""The list of editions, one of them, its text, and what it touches."""

from datetime import date

import sqlalchemy as sa
from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from backoffice.accounts import officer
from backoffice.tariff import words
from backoffice.tariff.room import acts_for, bp, officers_of, read, readable
from excise.backdating.queries import filings_touched
from excise.errors import Conflict
from excise.offices.queries import codes_under
from excise.returns.models import Return
from excise.tariff.difference import assumed_rows, changed_spans
from excise.tariff.queries import edition, editions
from excise.taxpayers.models import Registration
from web.access import requires
from web.clock import today
from web.db import reading
from web.fields import BaseForm
from web.paging import count_of, page_in, page_of
from web.tariff import tariff_now


@bp.get("/")
@requires("tariff.view")
def index() -> ResponseReturnValue:
    """Show all editions, the newest first."""
    page = page_of(editions())
    return render_template("backoffice/tariff/index.html", page=page, words=words)


@bp.get("/<int(max=2147483647):number>")
@requires("tariff.view")
def show(number: int) -> ResponseReturnValue:
    """Show an edition: what it changes, whom it touches, what of it is assumed."""
    found = read(number)
    before = found.before
    return render_template(
        "backoffice/tariff/show.html",
        one=found.row,
        faults=found.faults,
        page=page_in(found.changes),
        spans=changed_spans(before, found.tariff) if found.tariff else [],
        touched=count_of(filings_touched(before, found.tariff)) if found.tariff else 0,
        assumed=len(assumed_rows(found.tariff)) if found.tariff else 0,
        place=words.Places(found.tariff or before, before),
        form=BaseForm(),
        words=words,
        **acts_for(found.row),
        **officers_of(found.row),
    )


@bp.get("/<int(max=2147483647):number>/text")
@requires("tariff.view")
def text(number: int) -> ResponseReturnValue:
    """Hand out the text of an edition, as its digest names it."""
    row = edition(reading(), number)
    name = f"tariff-edition-{row.number}.yaml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(row.text.encode(), mimetype="application/yaml", headers=headers)


@bp.get("/<int(max=2147483647):number>/filings")
@requires("tariff.view")
def filings(number: int) -> ResponseReturnValue:
    """List the filed returns of the officer's offices that the edition would tax otherwise."""
    found = read(number)
    if found.tariff is None:
        raise Conflict("edition-invalid")
    codes = codes_under(reading(), officer().office_code)
    theirs = sa.select(Registration.id).where(Registration.office_code.in_(codes))
    touched = filings_touched(found.before, found.tariff)
    page = page_of(touched.where(Return.registration_id.in_(theirs)))
    return render_template("backoffice/tariff/filings.html", one=found.row, page=page)


@bp.get("/<int(max=2147483647):number>/items")
@requires("tariff.view")
def items(number: int) -> ResponseReturnValue:
    """List what an edition taxes on a day, with rates and how sure they are."""
    row, tariff = readable(number)
    on = _day(request.args.get("on", ""))
    return render_template(
        "backoffice/tariff/items.html",
        one=row,
        chapters=words.chapters(tariff, on),
        on=on,
        words=words,
        **acts_for(row),
    )


@bp.get("/<int(max=2147483647):number>/assumed")
@requires("tariff.view")
def assumed(number: int) -> ResponseReturnValue:
    """List the rows of an edition that nobody has confirmed."""
    row, tariff = readable(number)
    return render_template(
        "backoffice/tariff/assumed.html",
        one=row,
        rows=assumed_rows(tariff),
        place=words.Places(tariff, tariff_now()),
        words=words,
        **acts_for(row),
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return today()
