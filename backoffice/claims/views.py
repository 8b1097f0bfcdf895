"""Pages about claims."""

from io import BytesIO
from typing import Any

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from backoffice.accounts import may, officer
from backoffice.claims.forms import DecideForm, ExamineForm, PaidForm, ReturnForm
from excise.claims import deciding
from excise.claims.deciding import ExaminerCannotDecide
from excise.claims.models import Claim, ClaimNotInThisState, ClaimState
from excise.claims.queries import claim_for_officer, claims_of_offices
from excise.claims.rules import interest_from
from excise.config import Settings
from excise.documents.store import Store
from excise.errors import Conflict, Invalid, NotFound
from excise.offices.queries import codes_under
from excise.periods import local_date
from excise.returns.models import QUANTITY_PLACES
from web.access import fresh, requires
from web.clock import now, today
from web.db import reading, transaction
from web.fields import BaseForm, fail
from web.paging import page_of
from web.tariff import tariff_now

bp = Blueprint("claims", __name__, url_prefix="/claims")
WAITING = (ClaimState.SENT, ClaimState.EXAMINED, ClaimState.APPROVED)


@bp.get("/")
@requires("claim.view")
def index() -> ResponseReturnValue:
    """Show the claims of the officer's offices, those that wait unless another state is asked."""
    state = request.args.get("state", "waiting")
    known = {each.value: (each,) for each in ClaimState}
    states = known.get(state, WAITING if state == "waiting" else tuple(ClaimState))
    codes = codes_under(reading(), officer().office_code)
    return render_template(
        "backoffice/claims/index.html",
        page=page_of(claims_of_offices(codes, states)),
        state=state,
        states=ClaimState,
    )


@bp.get("/<reference>")
@requires("claim.view")
def show(reference: str) -> ResponseReturnValue:
    """Show everything about a claim, and what this officer may do with it."""
    claim = _claim(reference)
    mine = claim.examined_by == officer().id
    return render_template(
        "backoffice/claims/show.html",
        examines=claim.state is ClaimState.SENT and may("claim.examine"),
        decides=claim.state is ClaimState.EXAMINED and not mine and may("claim.approve"),
        pays=claim.state is ClaimState.APPROVED and may("payment.resolve"),
        **_figures(claim),
    )


@bp.get("/<reference>/files/<sha256>")
@requires("claim.view")
def file(reference: str, sha256: str) -> ResponseReturnValue:
    """Hand over a document of a claim, never to be shown in the page."""
    files = _claim(reference).files
    if (kept := next((each for each in files if each.sha256 == sha256), None)) is None:
        raise NotFound(what="file", id=sha256)
    return send_file(
        BytesIO(Store(_settings().documents).get(sha256)),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=kept.name,
    )


@bp.route("/<reference>/examine", methods=["GET", "POST"])
@requires("claim.examine")
def examine(reference: str) -> ResponseReturnValue:
    """Say what was found, and propose."""
    claim, form = _in_state(reference, ClaimState.SENT), ExamineForm()
    if form.validate_on_submit():
        with transaction() as session:
            deciding.examine(
                session,
                reference=reference,
                approves=form.proposes.data == "approve",
                finding=form.finding.data,
                officer_id=officer().id,
                at=now(),
            )
        flash(gettext("Another officer decides now."), "success")
        return redirect(url_for(".show", reference=reference), 303)
    return _page("examine", form, claim)


@bp.route("/<reference>/decide", methods=["GET", "POST"])
@fresh
@requires("claim.approve")
def decide(reference: str) -> ResponseReturnValue:
    """Show everything once more and take the decision."""
    form = DecideForm()
    claim = _to_decide(reference)
    if form.validate_on_submit():
        with transaction() as session:
            deciding.decide(
                session,
                tariff=tariff_now(),
                reference=reference,
                officer_id=officer().id,
                at=now(),
            )
        flash(gettext("Decided. The taxpayer gets a letter."), "success")
        return redirect(url_for(".show", reference=reference), 303)
    return _page("decide", form, claim)


@bp.route("/<reference>/give-back", methods=["GET", "POST"])
@requires("claim.approve")
def give_back(reference: str) -> ResponseReturnValue:
    """Give a claim back to be examined again."""
    claim, form = _to_decide(reference), ReturnForm()
    if form.validate_on_submit():
        with transaction() as session:
            deciding.give_back(
                session,
                reference=reference,
                note=form.note.data,
                officer_id=officer().id,
                at=now(),
            )
        flash(gettext("Given back to be examined again."), "success")
        return redirect(url_for(".show", reference=reference), 303)
    return _page("give_back", form, claim)


@bp.route("/<reference>/paid", methods=["GET", "POST"])
@requires("payment.resolve")
def paid(reference: str) -> ResponseReturnValue:
    """Record the bank's transfer, with the interest of its day."""
    claim, form = _in_state(reference, ClaimState.APPROVED, ClaimState.PAID), PaidForm()
    if form.validate_on_submit() and form.paid_on.data:
        try:
            with transaction() as session:
                deciding.record_paid(
                    session,
                    tariff=tariff_now(),
                    reference=reference,
                    bank_code=form.bank_code.data,
                    transfer_no=form.transfer_no.data,
                    paid_on=form.paid_on.data,
                    allow_assumed=_settings().demo,
                    officer_id=officer().id,
                    at=now(),
                )
            flash(gettext("Recorded. The claim is paid."), "success")
            return redirect(url_for(".show", reference=reference), 303)
        except (Invalid, Conflict) as error:
            fail(form, error)
    demo = _settings().demo
    interest = deciding.interest_on(tariff_now(), claim, paid_on=today(), allow_assumed=demo)
    return _page("paid", form, claim, interest_satang=interest)


def _claim(reference: str) -> Claim:
    return claim_for_officer(reading(), reference, officer())


def _in_state(reference: str, *states: ClaimState) -> Claim:
    claim = _claim(reference)
    if claim.state not in states:
        raise ClaimNotInThisState(reference=reference, state=claim.state.value)
    return claim


def _to_decide(reference: str) -> Claim:
    claim = _in_state(reference, ClaimState.EXAMINED)
    if claim.examined_by == officer().id:
        raise ExaminerCannotDecide(reference=reference)
    return claim


def _page(name: str, form: BaseForm, claim: Claim, **more: Any) -> ResponseReturnValue:
    template = f"backoffice/claims/{name}.html"
    page = render_template(template, form=form, **_figures(claim), **more)
    return page, 422 if form.errors or form.form_errors else 200


def _figures(claim: Claim) -> dict[str, Any]:
    return {
        "claim": claim,
        "places": QUANTITY_PLACES,
        "bears_from": interest_from(tariff_now(), claimed=local_date(claim.sent_at)),
    }


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
