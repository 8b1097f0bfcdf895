"""Pages about what is handed on."""

import csv
import io
from collections.abc import Iterator
from datetime import date

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from backoffice.accounts import may, officer
from backoffice.remittances import forms
from excise.errors import Conflict, Invalid, NotFound
from excise.money import baht
from excise.people.models import Officer
from excise.periods import TaxMonth, add_months
from excise.remittance import actions
from excise.remittance.bodies import PROVINCE_OF, body_name_th
from excise.remittance.models import PayeeKind, Remittance, RemittanceItem, RemittanceState
from excise.remittance.queries import (
    FundShare,
    LocalShare,
    fund_shares,
    item_of,
    local_shares,
    remittance_of,
    remittances,
    standing_of,
)
from excise.tariff.queries import tariff_in_force
from excise.taxpayers.provinces import PROVINCES
from web.access import fresh, requires
from web.clock import now, today
from web.db import reading, transaction
from web.fields import fail
from web.i18n import language
from web.paging import page_of

bp = Blueprint("remittances", __name__, url_prefix="/remittances")
OFFERED = 12
COLUMNS = ("month", "kind", "payee_code", "payee", "collected_baht", "amount_baht")


def _body_name(code: str) -> str:
    if code not in PROVINCE_OF:
        return str(gettext("No establishment says where it lies"))
    if language() == "th":
        return body_name_th(code)
    name = PROVINCES[PROVINCE_OF[code]]
    metropolis = "Bangkok Metropolitan Administration"
    return metropolis if code == "10" else f"{name} Provincial Administrative Organization"


def _fund_names() -> dict[str, str]:
    funds = tariff_in_force(reading()).funds
    return {fund.code: fund.th if language() == "th" else fund.en for fund in funds}


def _payee(item: RemittanceItem) -> str:
    if item.kind is PayeeKind.LOCAL:
        return _body_name(item.payee_code)
    name = _fund_names().get(item.payee_code, item.payee_code)
    if item.kind is PayeeKind.TREASURY:
        return str(gettext("Treasury, above the cap of: %(fund)s", fund=name))
    return name


def _month(code: str) -> date:
    try:
        month = date.fromisoformat(f"{code}-01")
    except ValueError:
        raise NotFound(what="month", id=code) from None
    if not 2017 <= month.year <= today().year + 1 or len(code) != len("2026-10"):
        raise NotFound(what="month", id=code)
    return month


@bp.get("/")
@requires("ledger.view")
def index() -> ResponseReturnValue:
    """List remittances, and the months that may be looked at."""
    first = today().replace(day=1)
    return render_template(
        "backoffice/remittances/index.html",
        page=page_of(remittances()),
        months=[add_months(first, -back) for back in range(OFFERED)],
    )


@bp.get("/months/<month>")
@requires("ledger.view")
def month(month: str) -> ResponseReturnValue:
    """Show what a month brought for each fund and local body, and how the caps split it."""
    first = _month(month)
    return render_template(
        "backoffice/remittances/month.html",
        **_brought(first),
        month=first,
        code=month,
        standing=standing_of(reading(), first),
        form=forms.PrepareForm(),
        may_prepare=may("remittance.prepare") and today() > TaxMonth.of(first).last,
        body_name=_body_name,
    )


def _brought(first: date) -> dict[str, list[FundShare] | list[LocalShare]]:
    return {"funds": fund_shares(reading(), first), "locals": local_shares(reading(), first)}


@bp.get("/months/<month>/revenue.csv")
@requires("ledger.view")
def month_csv(month: str) -> ResponseReturnValue:
    """Hand out the same as the page shows."""
    first = _month(month)
    funds, locals_ = fund_shares(reading(), first), local_shares(reading(), first)
    names = _fund_names()

    def rows() -> Iterator[tuple[object, ...]]:
        for fund in funds:
            told = (month, PayeeKind.FUND.value, fund.code, names[fund.code])
            yield *told, baht(fund.collected_satang), baht(fund.to_fund_satang)
            if fund.to_treasury_satang:
                told = (month, PayeeKind.TREASURY.value, fund.code, names[fund.code])
                yield *told, "", baht(fund.to_treasury_satang)
        for local in locals_:
            amount = baht(local.amount_satang)
            told = (month, PayeeKind.LOCAL.value, local.code, _body_name(local.code))
            yield *told, amount, amount

    return _csv(f"revenue-{month}", COLUMNS, rows())


def _csv(name: str, columns: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> Response:
    text = io.StringIO()
    text.write("\ufeff")  # spreadsheets take it for another encoding otherwise
    table = csv.writer(text)
    table.writerow(columns)
    table.writerows(rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(text.getvalue(), mimetype="text/csv", headers=headers)


@bp.post("/months/<month>/prepare")
@requires("remittance.prepare")
def prepare(month: str) -> ResponseReturnValue:
    """Prepare the remittance of a month."""
    with transaction() as session:
        one = actions.prepare(session, month=_month(month), officer_id=officer().id, at=now())
        reference = one.reference
    return redirect(url_for(".show", reference=reference), 303)


@bp.get("/<reference>")
@requires("ledger.view")
def show(reference: str) -> ResponseReturnValue:
    """Show a remittance: each payee, its transfer, and its receipt."""
    one = remittance_of(reading(), reference)
    approver = may("remittance.approve") and one.prepared_by != officer().id
    return render_template(
        "backoffice/remittances/show.html",
        **_shown(one),
        decides=approver and one.state is RemittanceState.PREPARED,
        records=may("remittance.prepare") and one.state is RemittanceState.APPROVED,
    )


def _shown(one: Remittance) -> dict[str, object]:
    by = (one.prepared_by, one.decided_by)
    return {
        "one": one,
        "payee": _payee,
        "people": {each: reading().get_one(Officer, each) for each in by if each is not None},
    }


@bp.get("/<reference>/file.csv")
@requires("ledger.view")
def file(reference: str) -> ResponseReturnValue:
    """Hand out the file for the bank and the payees, once it is approved."""
    one = remittance_of(reading(), reference)
    if one.state is not RemittanceState.APPROVED:
        raise NotFound(what="remittance-file", id=reference)
    columns = ("reference", "position", *COLUMNS[:4], "amount_baht")
    rows = (
        (
            reference,
            item.position,
            f"{one.month:%Y-%m}",
            item.kind.value,
            item.payee_code,
            _payee(item),
            baht(item.amount_satang),
        )
        for item in one.items
    )
    return _csv(reference, columns, rows)


@bp.route("/<reference>/approve", methods=["GET", "POST"])
@fresh
@requires("remittance.approve")
def approve(reference: str) -> ResponseReturnValue:
    """Show the sums once more and take the decision."""
    one, form = remittance_of(reading(), reference), forms.ApproveForm()
    _mine_to_decide(one)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                actions.approve(session, reference=reference, officer_id=officer().id, at=now())
            flash(gettext("Approved. The file for the bank is ready."), "success")
            return redirect(url_for(".show", reference=reference), 303)
        except Conflict as error:
            fail(form, error)
    page = render_template("backoffice/remittances/approve.html", form=form, **_shown(one))
    return page, 422 if form.errors or form.form_errors else 200


@bp.route("/<reference>/give-back", methods=["GET", "POST"])
@requires("remittance.approve")
def give_back(reference: str) -> ResponseReturnValue:
    """Give a remittance back with what must change."""
    one, form = remittance_of(reading(), reference), forms.GiveBackForm()
    _mine_to_decide(one)
    if form.validate_on_submit():
        with transaction() as session:
            actions.give_back(
                session,
                reference=reference,
                note=form.note.data or "",
                officer_id=officer().id,
                at=now(),
            )
        flash(gettext("Given back. The month may be prepared anew."), "success")
        return redirect(url_for(".show", reference=reference), 303)
    page = render_template("backoffice/remittances/give_back.html", form=form, one=one)
    return page, 422 if form.errors else 200


def _mine_to_decide(one: Remittance) -> None:
    if one.prepared_by == officer().id:
        raise actions.PreparerCannotApprove(reference=one.reference)
    if one.state is not RemittanceState.PREPARED:
        raise Conflict("remittance-not-in-this-state", reference=one.reference)


@bp.route("/<reference>/payees/<int(max=9999):payee_no>/transfer", methods=["GET", "POST"])
@requires("remittance.prepare")
def transfer(reference: str, payee_no: int) -> ResponseReturnValue:
    """Record the bank's transfer to a payee."""
    item, form = item_of(reading(), reference, payee_no), forms.TransferForm()
    if form.validate_on_submit() and form.transferred_on.data:
        try:
            with transaction() as session:
                actions.record_transfer(
                    session,
                    reference=reference,
                    position=payee_no,
                    bank_code=form.bank_code.data or "",
                    transfer_no=form.transfer_no.data or "",
                    transferred_on=form.transferred_on.data,
                    officer_id=officer().id,
                    at=now(),
                )
            flash(gettext("Recorded. The ledger has the transfer."), "success")
            return redirect(url_for(".show", reference=reference), 303)
        except (Invalid, Conflict) as error:
            fail(form, error)
    page = render_template(
        "backoffice/remittances/transfer.html", form=form, item=item, name=_payee(item)
    )
    return page, 422 if form.errors or form.form_errors else 200


@bp.route("/<reference>/payees/<int(max=9999):payee_no>/receipt", methods=["GET", "POST"])
@requires("remittance.prepare")
def answer(reference: str, payee_no: int) -> ResponseReturnValue:
    """Record the receipt that a payee sent back."""
    item, form = item_of(reading(), reference, payee_no), forms.AnswerForm()
    if form.validate_on_submit() and form.answered_on.data:
        try:
            with transaction() as session:
                actions.record_answer(
                    session,
                    reference=reference,
                    position=payee_no,
                    answer_no=form.answer_no.data or "",
                    answered_on=form.answered_on.data,
                    officer_id=officer().id,
                    at=now(),
                )
            flash(gettext("Recorded. The payee has confirmed the money."), "success")
            return redirect(url_for(".show", reference=reference), 303)
        except (Invalid, Conflict) as error:
            fail(form, error)
    page = render_template(
        "backoffice/remittances/answer.html", form=form, item=item, name=_payee(item)
    )
    return page, 422 if form.errors or form.form_errors else 200
