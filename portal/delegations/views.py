"""Pages of a business's people, for who decides and for those who act."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from excise.delegations import actions, queries
from excise.delegations.actions import LastManager
from excise.errors import Invalid
from excise.people.models import Person
from excise.people.rules import Right
from excise.taxpayers.models import Taxpayer
from portal.delegations.forms import RIGHTS, GrantForm, InviteForm, group_names
from web.access import fresh, person_id
from web.clock import now, today
from web.db import reading, transaction
from web.fields import BaseForm, fail

bp = Blueprint("delegations", __name__, url_prefix="/delegations")
_SOON = timedelta(days=30)


@bp.context_processor
def words() -> dict[str, object]:
    """Give every page the names of rights and duty groups."""
    return {"right_names": RIGHTS, "group_names": group_names()}


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show who acts for the visitor's businesses, and for whom the visitor acts."""
    session, day = reading(), today()
    held = queries.held_by(session, person_id(), on=day)
    return render_template(
        "portal/delegations/index.html",
        held=held,
        businesses=[
            (
                taxpayer,
                queries.acting_for(session, taxpayer.id, on=day),
                queries.open_invitations(session, taxpayer.id, on=day),
            )
            for taxpayer in queries.managed(held, on=day)
        ],
        invitations=queries.invitations_to(session, person_id(), on=day),
        me=person_id(),
        soon=day + _SOON,
    )


@bp.route("/new/<tax_id>", methods=["GET", "POST"])
@fresh
def new(tax_id: str) -> ResponseReturnValue:
    """Ask whom to invite to what, and send the letter."""
    taxpayer = queries.managed_taxpayer(reading(), tax_id, person_id=person_id(), on=today())
    form = InviteForm(groups=queries.duty_groups_of(reading(), taxpayer.id))
    if form.validate_on_submit():
        try:
            with transaction() as session:
                actions.invite(
                    session,
                    form.grant(),
                    tax_id=tax_id,
                    email=form.email.data or "",
                    person_id=person_id(),
                    submission_id=form.submission_id.data,
                    page=url_for(".index", _external=True),
                    at=now(),
                )
        except Invalid as error:
            fail(form, error)
        else:
            flash(
                gettext("The invitation was sent to %(email)s.", email=form.email.data), "success"
            )
            return redirect(url_for(".index"), 303)
    return render_template("portal/delegations/new.html", form=form, taxpayer=taxpayer)


@bp.route("/<int(max=2147483647):delegation_id>/change", methods=["GET", "POST"])
@fresh
def change(delegation_id: int) -> ResponseReturnValue:
    """Ask what somebody shall be allowed from now on."""
    row = queries.delegation_to_change(reading(), delegation_id, person_id=person_id(), on=today())
    groups = queries.duty_groups_of(reading(), row.taxpayer_id)
    stands = {"rights": row.rights, "duty_groups": row.duty_groups, "until": row.until}
    form = GrantForm(groups=groups, data=None if request.form else stands)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                actions.change(
                    session,
                    form.grant(),
                    delegation_id=delegation_id,
                    person_id=person_id(),
                    at=now(),
                )
        except (Invalid, LastManager) as error:
            fail(form, error)
        else:
            flash(gettext("What this person may do was changed."), "success")
            return redirect(url_for(".index"), 303)
    return render_template(
        "portal/delegations/change.html",
        form=form,
        taxpayer=reading().get_one(Taxpayer, row.taxpayer_id),
        person=reading().get_one(Person, row.person_id),
    )


@bp.route("/<int(max=2147483647):delegation_id>/end", methods=["GET", "POST"])
@fresh
def end(delegation_id: int) -> ResponseReturnValue:
    """Ask once more, and end what somebody may do."""
    row = queries.delegation(reading(), delegation_id, person_id=person_id(), on=today())
    form = BaseForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                actions.end(session, delegation_id=delegation_id, person_id=person_id(), at=now())
        except LastManager as error:
            fail(form, error)
        else:
            flash(gettext("It has ended, from this moment on."), "success")
            return redirect(url_for(".index"), 303)
    return render_template(
        "portal/delegations/end.html",
        form=form,
        taxpayer=reading().get_one(Taxpayer, row.taxpayer_id),
        person=reading().get_one(Person, row.person_id),
        is_own=row.person_id == person_id(),
        manages=row.allows(Right.MANAGE, on=today()),
    )


@bp.route("/invitations/<int(max=2147483647):invitation_id>", methods=["GET", "POST"])
@fresh
def invitation(invitation_id: int) -> ResponseReturnValue:
    """Show what the visitor is invited to do, and take the answer."""
    one = queries.invitation_to(reading(), invitation_id, person_id=person_id(), on=today())
    form = BaseForm()
    if form.validate_on_submit():
        answer = actions.decline if "decline" in request.form else actions.accept
        with transaction() as session:
            answer(session, invitation_id=invitation_id, person_id=person_id(), at=now())
        return redirect(url_for(".index"), 303)
    return render_template("portal/delegations/invitation.html", form=form, one=one)


@bp.route("/sent/<int(max=2147483647):sent_id>/withdraw", methods=["GET", "POST"])
def withdraw(sent_id: int) -> ResponseReturnValue:
    """Ask once more, and take an invitation back."""
    one = queries.invitation_sent(reading(), sent_id, person_id=person_id(), on=today())
    form = BaseForm()
    if form.validate_on_submit():
        with transaction() as session:
            actions.withdraw(session, invitation_id=sent_id, person_id=person_id(), at=now())
        return redirect(url_for(".index"), 303)
    return render_template("portal/delegations/withdraw.html", form=form, one=one)
