"""Begin a return, go on with it, throw a draft away."""

from datetime import date
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms.fields.choices import SelectChoice

from excise.errors import Conflict, Invalid, NotFound
from excise.people.rules import Right
from excise.returns.actions import discard_draft, start_return
from excise.returns.models import Basis, Return
from excise.returns.queries import open_months, returns_within
from excise.taxpayers.models import Registration
from excise.taxpayers.queries import establishment, establishments, reach_of
from excise.taxpayers.rules import EstablishmentType
from portal.returns.comparison import compare
from portal.returns.forms import MonthForm, RemovalForm
from portal.returns.room import bp, with_draft
from web.access import person_id
from web.clock import now, today
from web.db import reading, transaction
from web.fields import BaseForm, fail
from web.i18n import show_date
from web.paging import page_of
from web.tariff import tariff_now


@bp.get("/")
def index() -> ResponseReturnValue:
    """List drafts and filed returns, the newest first."""
    reach = reach_of(reading(), person_id(), on=today())
    return render_template("portal/returns/index.html", page=page_of(returns_within(reach)))


@bp.get("/new")
def new() -> ResponseReturnValue:
    """Ask for which establishment; who has one goes straight on."""
    page = page_of(establishments(reach_of(reading(), person_id(), on=today())))
    if page.total == 1:
        return redirect(url_for(".basis", number=page.rows[0].number))
    return render_template("portal/returns/new.html", page=page)


@bp.get("/new/<number>")
def basis(number: str) -> ResponseReturnValue:
    """Ask what the return is for, and say why a choice is closed."""
    registration = _establishment(number)
    if registration.establishment_type is EstablishmentType.SERVICE:
        return redirect(url_for(".begin", number=number, basis=Basis.MONTH))
    months = open_months(reading(), registration, today=today())
    return render_template("portal/returns/basis.html", registration=registration, months=months)


@bp.route("/new/<number>/<basis>", methods=["GET", "POST"])
def begin(number: str, basis: str) -> ResponseReturnValue:
    """Ask for the day or the month, and begin."""
    registration = _establishment(number)
    if basis not in list(Basis):
        raise NotFound(what="basis", id=basis)
    form = _removal_form() if basis == Basis.REMOVAL else _month_form(registration)
    if form.validate_on_submit():
        try:
            draft_reference = _start(number, Basis(basis), form)
        except (Invalid, Conflict) as error:
            fail(form, error)
        else:
            return redirect(url_for(".tasks", draft_reference=draft_reference))
    return render_template(
        "portal/returns/begin.html", form=form, registration=registration, basis=basis
    )


def _establishment(number: str) -> Registration:
    return establishment(reading(), number, person_id=person_id(), right=Right.PREPARE, on=today())


def _removal_form() -> RemovalForm:
    return RemovalForm(data={"day": today()})


def _month_form(registration: Registration) -> MonthForm:
    months = open_months(reading(), registration, today=today())
    asked = _asked(months)
    form = MonthForm(data={"day": asked.isoformat() if asked else None})
    form.day.choices = [
        SelectChoice(month.isoformat(), show_date(month, "month")) for month in months
    ]
    return form


def _asked(months: list[date]) -> date | None:
    """Return the month that the link named, else the one that is owed longest."""
    asked = [month for month in months if month.isoformat() == request.args.get("month")]
    return next(iter(asked or months), None)


def _start(number: str, basis: Basis, form: Any) -> str:
    with transaction() as session:
        draft = start_return(
            session,
            tariff=tariff_now(),
            registration_number=number,
            basis=basis,
            day=form.day.data,
            person_id=person_id(),
            submission_id=form.submission_id.data,
            at=now(),
        )
        return draft.draft_reference


@bp.get("/<draft_reference>")
@with_draft
def tasks(draft: Return) -> ResponseReturnValue:
    """Show what is done and what is next."""
    return render_template(
        "portal/returns/tasks.html",
        draft=draft,
        comparison=compare(draft) if draft.lines_done else None,
        overdue=today() > draft.due_on,
        amends=reading().get(Return, draft.amends_id or 0),
    )


@bp.route("/<draft_reference>/discard", methods=["GET", "POST"])
@with_draft
def discard(draft: Return) -> ResponseReturnValue:
    """Ask whether the draft shall go, and let it go."""
    form = BaseForm()
    if form.validate_on_submit():
        with transaction() as session:
            discard_draft(
                session,
                draft_reference=draft.draft_reference,
                person_id=person_id(),
                at=now(),
            )
        return redirect(url_for(".index"))
    return render_template("portal/returns/discard.html", form=form, draft=draft)
