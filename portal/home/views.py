"""The first page: what is due, for those who are signed in."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from excise.assessments.queries import bills_of, notices_of
from excise.payments.queries import unpaid_bills
from excise.returns.models import Basis, ReturnState
from excise.returns.obligations import obligations_of
from excise.returns.queries import returns_of
from excise.tariff.schema import first_edition
from excise.taxpayers.queries import establishments_of
from web.access import person_id
from web.clock import today
from web.db import reading

bp = Blueprint("home", __name__)
SHOWN = 24


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show what can be done here or, signed in, what is due first."""
    if not current_user.is_authenticated:
        return render_template("portal/home/index.html")
    session, day = reading(), today()
    registrations = establishments_of(session, person_id(), on=day)
    owed = obligations_of(session, first_edition(), registrations, today=day)
    drafts = returns_of(session, [each.id for each in registrations], state=ReturnState.DRAFT)
    begun = {each.draft.id for each in owed if each.draft}
    taxpayers = {each.taxpayer_id for each in registrations}
    notices = notices_of(session, taxpayers)
    noticed = bills_of(session, notices)
    return render_template(
        "portal/home/index.html",
        registrations=registrations,
        owed=owed[:SHOWN],
        more=len(owed) - SHOWN,
        drafts=[draft for draft in drafts if draft.id not in begun],
        notices=[one for one in notices if not noticed[one.number].is_paid],
        noticed=noticed,
        # A notice says more about its bill than the bill does.
        bills=[bill for bill in unpaid_bills(session, taxpayers) if not bill.is_assessed],
        today=day,
        removal=Basis.REMOVAL,
    )
