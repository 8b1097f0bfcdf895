"""The time machine: an edition tried on what was filed, changing nothing."""

import csv
import io
from collections.abc import Iterator

from flask import Response, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from backoffice.accounts import officer
from backoffice.tariff import words
from backoffice.tariff.forms import TrialForm
from backoffice.tariff.room import bp, readable
from backoffice.work import words as work_words
from excise import work
from excise.errors import NotFound
from excise.trials.actions import ask
from excise.trials.queries import trial
from excise.trials.rules import Trial
from web.access import requires
from web.clock import now
from web.db import database, reading, transaction
from web.tariff import tariff_now

SHOWN = 25


@bp.route("/<int(max=2147483647):number>/trial", methods=["GET", "POST"])
@requires("tariff.try")
def ask_trial(number: int) -> ResponseReturnValue:
    """Ask for the months, and let the edition be tried on their returns."""
    (row, _tariff), form = readable(number), TrialForm()
    if form.validate_on_submit():
        assert form.since.data
        assert form.until.data
        with transaction() as session:
            key = ask(
                session,
                number=number,
                since=form.since.data,
                until=form.until.data,
                officer_id=officer().id,
                at=now(),
            )
        return redirect(url_for(".show_trial", number=number, key=key), 303)
    return render_template("backoffice/tariff/ask_trial.html", form=form, one=row)


@bp.get("/<int(max=2147483647):number>/trial/<key>")
@requires("tariff.try")
def show_trial(number: int, key: str) -> ResponseReturnValue:
    """Show how far the trial is, or what came of it."""
    (row, tariff), made = readable(number), _made(number, key)
    return render_template(
        "backoffice/tariff/show_trial.html",
        one=row,
        key=key,
        made=made,
        item=None if made else work.find(database(), f"trials.run:{key}"),
        place=words.Places(tariff, tariff_now()),
        shown=SHOWN,
        words=words,
        work_words=work_words,
    )


@bp.get("/<int(max=2147483647):number>/trial/<key>/csv")
@requires("tariff.try")
def trial_csv(number: int, key: str) -> ResponseReturnValue:
    """Hand out all differences as a table."""
    made = _made(number, key)
    if made is None:
        raise NotFound(what="trial", id=key)
    text = io.StringIO()
    csv.writer(text).writerows(_rows(made))
    headers = {"Content-Disposition": f'attachment; filename="trial-{key}.csv"'}
    return Response("\ufeff" + text.getvalue(), mimetype="text/csv", headers=headers)


def _rows(made: Trial) -> Iterator[list[object]]:
    yield ["kind", "key", "name", "filed_satang", "trial_satang", "difference_satang"]
    kinds = {
        "total": [made.total],
        "charge": made.by_charge,
        "item": made.by_item,
        "taxpayer": made.by_taxpayer,
    }
    for kind, found in kinds.items():
        for each in found:
            figures = [each.filed_satang, each.trial_satang, each.difference_satang]
            yield [kind, each.key, _harmless(each.name), *figures]
    for gone in made.refused:
        yield ["refused", gone.reference, gone.item, "", "", gone.reason]


def _harmless(name: str) -> str:
    """Keep a spreadsheet from taking a name for a formula."""
    return f"'{name}" if name[:1] in ("=", "+", "-", "@", "\t", "\r") else name


def _made(number: int, key: str) -> Trial | None:
    if not key.startswith(f"{number}-"):
        raise NotFound(what="trial", id=key)
    return trial(reading(), current_app.extensions["settings"], key)
