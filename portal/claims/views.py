"""Claiming tax back, following a claim, taking it back."""

from io import BytesIO

from flask import Blueprint, current_app, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from excise.claims import actions, queries
from excise.claims.models import Claim, ClaimKind, ClaimState
from excise.claims.rules import interest_from
from excise.documents.store import Store
from excise.errors import Conflict, Invalid, NotFound
from excise.people.rules import Right
from excise.periods import local_date
from excise.returns.models import QUANTITY_PLACES
from excise.taxpayers.models import Registration
from excise.taxpayers.queries import establishment, establishments_of, reach_of
from excise.taxpayers.rules import EstablishmentType
from portal.claims.forms import ClaimForm, claim_form
from web.access import person_id
from web.clock import now, today
from web.db import reading, transaction
from web.fields import BaseForm, fail
from web.paging import page_of
from web.tariff import tariff_now

bp = Blueprint("claims", __name__, url_prefix="/claims")


@bp.get("/")
def index() -> ResponseReturnValue:
    """List the claims, the latest first, and where another may begin."""
    reach = reach_of(reading(), person_id(), on=today())
    places = [
        place
        for place in establishments_of(reading(), reach)
        if place.establishment_type is not EstablishmentType.SERVICE
    ]
    page = page_of(queries.claims_within(reach))
    return render_template("portal/claims/index.html", page=page, places=places, kinds=ClaimKind)


@bp.route("/new/<number>/<kind>", methods=["GET", "POST"])
def new(number: str, kind: str) -> ResponseReturnValue:
    """Offer what was paid and is not claimed yet, and take the claim."""
    if kind not in set(ClaimKind):
        raise NotFound(what="claim-kind", id=kind)
    place, asked = _establishment(number), ClaimKind(kind)
    offers = queries.offers(reading(), place.taxpayer_id, on=today())
    form = claim_form(asked, offers)
    # A second press finds less on offer: its first answer comes before anything is checked.
    if form.is_submitted() and (earlier := _sent_before(form, place)):
        return redirect(url_for(".sent", reference=earlier.reference), 303)
    if form.validate_on_submit():
        try:
            reference = _send(form, asked, number)
            return redirect(url_for(".sent", reference=reference), 303)
        except (Invalid, Conflict) as error:
            fail(form, error)
    page = render_template(
        "portal/claims/new.html",
        form=form,
        kind=asked,
        offers=offers,
        registration=place,
        places=QUANTITY_PLACES,
    )
    return page, 422 if form.errors or form.form_errors else 200


@bp.get("/<reference>/sent")
def sent(reference: str) -> ResponseReturnValue:
    """Show the reference and what happens next; can be opened again for ever."""
    claim = _claim(reference, Right.VIEW)
    return render_template("portal/claims/sent.html", claim=claim, bears_from=_bears_from(claim))


@bp.get("/<reference>")
def show(reference: str) -> ResponseReturnValue:
    """Show where a claim stands and all that was said in it."""
    claim = _claim(reference, Right.VIEW)
    return render_template(
        "portal/claims/show.html",
        claim=claim,
        form=BaseForm(),
        withdraws=claim.state is ClaimState.SENT,
        bears_from=_bears_from(claim),
        places=QUANTITY_PLACES,
    )


@bp.post("/<reference>/withdraw")
def withdraw(reference: str) -> ResponseReturnValue:
    """Take a claim back."""
    _claim(reference, Right.SUBMIT)
    if BaseForm().validate_on_submit():
        with transaction() as session:
            actions.withdraw(session, reference=reference, person_id=person_id(), at=now())
        flash(gettext("The claim is withdrawn. What it claimed may be claimed again."), "success")
    return redirect(url_for(".show", reference=reference), 303)


@bp.get("/<reference>/files/<sha256>")
def file(reference: str, sha256: str) -> ResponseReturnValue:
    """Hand over a document of a claim, never to be shown in the page."""
    files = _claim(reference, Right.VIEW).files
    if (kept := next((each for each in files if each.sha256 == sha256), None)) is None:
        raise NotFound(what="file", id=sha256)
    return send_file(
        BytesIO(_store().get(sha256)),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=kept.name,
    )


def _establishment(number: str) -> Registration:
    return establishment(reading(), number, person_id=person_id(), right=Right.SUBMIT, on=today())


def _claim(reference: str, right: Right) -> Claim:
    return queries.claim_of(reading(), reference, person_id=person_id(), right=right, on=today())


def _sent_before(form: ClaimForm, place: Registration) -> Claim | None:
    said = str(form.submission_id.data or "")
    return queries.claim_by_submission(reading(), place.id, said)


def _send(form: ClaimForm, kind: ClaimKind, number: str) -> str:
    files = actions.keep_files(_store(), form.uploads())
    with transaction() as session:
        return actions.send_claim(
            session,
            form.entry(kind, files=files),
            tariff=tariff_now(),
            number=number,
            person_id=person_id(),
            submission_id=form.submission_id.data,
            at=now(),
        ).reference


def _bears_from(claim: Claim) -> object:
    return interest_from(tariff_now(), claimed=local_date(claim.sent_at))


def _store() -> Store:
    return Store(current_app.extensions["settings"].documents)
