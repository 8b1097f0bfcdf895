"""Evidence packs of a discrepancy: asked for, made by the worker, handed out and logged."""

from io import BytesIO

from flask import Blueprint, current_app, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from backoffice.accounts import officer
from backoffice.work import words as work_words
from excise import work
from excise.cases.queries import discrepancy_for
from excise.documents.store import Store
from excise.errors import NotFound
from excise.packs import actions
from excise.packs.queries import packs_of
from web.access import requires
from web.clock import now
from web.db import database, reading, transaction
from web.fields import BaseForm


def add_to(bp: Blueprint) -> None:
    """Give the room of discrepancies its pages about packs."""
    bp.add_url_rule("/<reference>/packs", view_func=packs, methods=["GET", "POST"])
    bp.add_url_rule("/<reference>/packs/<pack>", view_func=pack, methods=["POST"])


@requires("case.view")
def packs(reference: str) -> ResponseReturnValue:
    """List what was made, with how far the one just asked for is; a press asks for one."""
    found, form = discrepancy_for(reading(), reference, officer_id=officer().id), BaseForm()
    if form.validate_on_submit():
        with transaction() as session:
            key = actions.ask(session, reference=reference, officer_id=officer().id, at=now())
        return redirect(url_for(".packs", reference=reference, made=key.partition(":")[2]), 303)
    kept = {each.number.rpartition(":")[2]: each for each in packs_of(reading(), reference)}
    asked = request.args.get("made", "")
    return render_template(
        "backoffice/cases/packs.html",
        found=found,
        kept=kept,
        item=None if asked in kept or not asked else _item(f"{reference}:{asked}"),
        form=form,
        work_words=work_words,
    )


@requires("case.view")
def pack(reference: str, pack: str) -> ResponseReturnValue:
    """Hand a pack out; that it was is entered in the audit log."""
    with transaction() as session:
        made = actions.hand_out(
            session, reference=reference, key=pack, officer_id=officer().id, at=now()
        )
        sha256 = made.sha256
    content = Store(current_app.extensions["settings"].documents).get(sha256)
    return send_file(
        BytesIO(content),
        mimetype="application/zip",
        as_attachment=True,
        download_name=f"{reference}-{pack}.zip",
    )


def _item(key: str) -> work.Item | None:
    try:
        return work.find(database(), f"packs.make:{key}")
    except NotFound:
        return None
