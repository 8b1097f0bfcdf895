"""Pages about the credit of taxpayers: who has some, and paying it back."""

import sqlalchemy as sa
from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from backoffice.accounts import may, officer
from backoffice.resolutions.forms import CreditForm
from backoffice.resolutions.views import bp
from excise.errors import Conflict, Invalid, NotFound
from excise.payments import resolving
from excise.payments.credit import credits_standing, free_credit
from excise.taxpayers.models import Taxpayer
from web.access import requires
from web.clock import now
from web.db import reading, transaction
from web.fields import fail


@bp.get("/credits")
@requires("payment.view")
def with_credit() -> ResponseReturnValue:
    """List the taxpayers who have credit, the most first."""
    return render_template(
        "backoffice/resolutions/with_credit.html",
        rows=credits_standing(reading(), limit=200),
        proposes=may("payment.resolve"),
    )


@bp.route("/credits/<tax_id>", methods=["GET", "POST"])
@requires("payment.resolve")
def credit(tax_id: str) -> ResponseReturnValue:
    """Propose to pay some of a taxpayer's credit back."""
    taxpayer = reading().scalar(sa.select(Taxpayer).where(Taxpayer.tax_id == tax_id))
    if taxpayer is None:
        raise NotFound(what="taxpayer", id=tax_id)
    form = CreditForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                proposal = resolving.propose_credit_refund(
                    session,
                    tax_id=tax_id,
                    amount_satang=form.amount.data,
                    payee=form.payee.data,
                    reason=form.reason.data,
                    submission_id=form.submission_id.data,
                    officer_id=officer().id,
                    at=now(),
                ).reference
            return redirect(url_for(".show", reference=proposal), 303)
        except (Invalid, Conflict) as error:
            fail(form, error)
    page = render_template(
        "backoffice/resolutions/credit.html",
        form=form,
        taxpayer=taxpayer,
        credit=free_credit(reading(), taxpayer.id),
    )
    return page, 422 if form.errors or form.form_errors else 200
