"""The first page: what is due, for those who are signed in."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from excise.assessments.queries import bills_of, unpaid_notices
from excise.cases.models import Discrepancy
from excise.cases.queries import told_within
from excise.cases.rules import AWAITED
from excise.delegations.queries import invitations_to
from excise.payments.owing import owed_of
from excise.payments.queries import unpaid_bills
from excise.returns.models import Basis
from excise.returns.obligations import obligations_of
from excise.returns.queries import drafts_within
from excise.taxpayers.queries import establishments_of, reach_of
from web.access import person_id
from web.clock import today
from web.db import reading
from web.tariff import tariff_now

bp = Blueprint("home", __name__)
SHOWN = 24


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show what can be done here or, signed in, what is due first."""
    if not current_user.is_authenticated:
        return render_template("portal/home/index.html")
    session, day = reading(), today()
    reach = reach_of(session, person_id(), on=day)
    registrations = establishments_of(session, reach)
    owed = obligations_of(session, tariff_now(), registrations, today=day)
    begun = {each.draft.id for each in owed if each.draft}
    told = told_within(reach).where(Discrepancy.state.in_(AWAITED))
    notices = unpaid_notices(session, reach, limit=SHOWN)
    noticed = bills_of(session, notices)
    bills = unpaid_bills(session, reach, limit=SHOWN)
    return render_template(
        "portal/home/index.html",
        registrations=registrations,
        owed=owed[:SHOWN],
        more=len(owed) - SHOWN,
        drafts=drafts_within(session, reach, but=begun, limit=SHOWN),
        notices=notices,
        unanswered=session.scalars(told.limit(SHOWN)).all(),
        noticed=noticed,
        invitations=invitations_to(session, person_id(), on=day),
        bills=bills,
        asked=owed_of(session, [*noticed.values(), *bills], on=day),
        today=day,
        removal=Basis.REMOVAL,
    )
