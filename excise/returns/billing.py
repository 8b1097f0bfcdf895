"""Bills of returns and of amendments."""

import json
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from excise import periods
from excise.documents.facts import Filing
from excise.documents.models import Original
from excise.documents.receipt import ReceiptLine
from excise.errors import Conflict
from excise.ledger.actions import Movement
from excise.ledger.models import Account
from excise.payments.actions import make_bill
from excise.payments.credit import give
from excise.payments.models import Bill
from excise.payments.queries import bills_of_returns
from excise.receipts.particulars import Particulars
from excise.returns.amending import earlier_versions, excise_by_item
from excise.returns.changes import Change
from excise.returns.charging import charge_change
from excise.returns.models import Return
from excise.returns.particulars import particulars_of, period_in_words
from excise.returns.rules import ReturnTax
from excise.tariff.schema import Tariff

PARTS = ("penalty_satang", "surcharge_satang", "local_satang")


class PartlyPaid(Conflict):
    """An amendment asks for less while some of the return's bills is paid and some is not."""

    code = "amendment-partly-paid"


def filing_facts(
    tax_return: Return, reference: str, original_sha256: str, *, at: datetime
) -> Filing:
    """Return what documents say of the return behind them."""
    return Filing(
        form=f"ภส.{tax_return.form.value[:2]}-{tax_return.form.value[2:]}",
        reference=reference,
        period=period_in_words(tax_return, "th"),
        filed_at=at,
        original_sha256=original_sha256,
    )


def bill(
    session: Session,
    tariff: Tariff,
    tax_return: Return,
    tax: ReturnTax,
    filing: Filing,
    *,
    at: datetime,
) -> Bill:
    """Make the bill of a return as it is filed."""
    told = _told(session, tariff, tax_return, tax, filing)
    due_on = max(tax_return.due_on, periods.local_date(at))
    return _make(session, tax_return, told, filing, due_on=due_on, at=at)


def settle_change(
    session: Session,
    tariff: Tariff,
    tax_return: Return,
    tax: ReturnTax,
    change: Change,
    filing: Filing,
    *,
    at: datetime,
) -> None:
    """Charge what an amendment changes, and make its bill.

    What is added has a bill of its own. When something is taken off and nothing was paid yet,
    one bill takes the place of those that stand; what was paid too much becomes the
    taxpayer's credit. Raises PartlyPaid.
    """
    if change.is_nothing:
        return
    assert tax_return.amends_id is not None, "it is no amendment"
    charge_change(
        session,
        tariff,
        change,
        registration=tax_return.registration,
        before=excise_by_item(session, tax_return.amends_id),
        after=[(line.item, line.excise_satang) for line in tax.lines],
        cause=f"return:{filing.reference}",
        at=at,
    )
    earlier = earlier_versions(session, tax_return)
    bills = bills_of_returns(session, [each.reference or "" for each in earlier])
    told = _told(session, tariff, tax_return, tax, filing)
    waiting = [each for each in bills if each.is_open]
    if change.has_less and waiting:
        if any(each.is_paid or each.is_begun for each in bills):
            raise PartlyPaid(ref1=waiting[0].ref1)
        for each in waiting:
            each.withdrawn_at = at
        told = _whole(session, told, earlier, change)
        due_on = max(each.due_on for each in waiting)
    else:
        told = _added(told, change, earlier[0])
        due_on = max(tax_return.due_on, periods.local_date(at))
        _credit(session, tax_return, told.total_satang - change.total_satang, filing, at=at)
    if told.total_satang:
        _make(session, tax_return, told, filing, due_on=due_on, at=at)


def _credit(
    session: Session, tax_return: Return, less_satang: int, filing: Filing, *, at: datetime
) -> None:
    """Make what is taken off a return that is paid the taxpayer's credit."""
    if less_satang:
        give(
            session,
            taxpayer_id=tax_return.registration.taxpayer_id,
            movements=[Movement(Account.RECEIVABLE, less_satang)],
            cause=f"credit:return:{filing.reference}",
            at=at,
        )


def _told(
    session: Session, tariff: Tariff, tax_return: Return, tax: ReturnTax, filing: Filing
) -> Particulars:
    registration, lines = tax_return.registration, tax_return.lines
    return particulars_of(
        session, tariff, tax, registration=registration, lines=lines, filing=filing
    )


def _whole(
    session: Session, told: Particulars, earlier: list[Return], change: Change
) -> Particulars:
    """Return the particulars of everything that all versions together charge."""
    parts = {name: getattr(change, name) for name in PARTS}
    for version in earlier:
        charged = _charged(session, version)
        for name in PARTS:
            parts[name] += charged[name]
    return told.model_copy(update=parts)


def _charged(session: Session, version: Return) -> dict[str, Any]:
    content = json.loads(session.get_one(Original, version.original_sha256).content)
    charged: dict[str, Any] = content.get("change") or content["tax"]
    return charged


def _added(told: Particulars, change: Change, amended: Return) -> Particulars:
    """Return the particulars of what is added alone."""
    more = max(change.excise_satang, 0)
    line = ReceiptLine(
        text_th=f"ภาษีที่ชำระเพิ่มตามแบบแก้ไขเพิ่มเติม จากแบบ {amended.reference}",
        text_en=f"Tax added by an amendment of return {amended.reference}",
        base="",
        rate="",
        amount_satang=more,
    )
    funds = tuple(
        fund.model_copy(update={"amount_satang": max(change.funds_satang[fund.code], 0)})
        for fund in told.funds
        if change.funds_satang[fund.code] > 0
    )
    parts = {name: max(getattr(change, name), 0) for name in PARTS}
    lines = (line,) if more else ()
    update = {"lines": lines, "tax_satang": more, "funds": funds, **parts}
    return told.model_copy(update=update)


def _make(
    session: Session,
    tax_return: Return,
    told: Particulars,
    filing: Filing,
    *,
    due_on: date,
    at: datetime,
) -> Bill:
    period = tax_return.period
    year = period.year + periods.BUDDHIST_YEARS_AHEAD
    return make_bill(
        session,
        cause=f"return:{filing.reference}",
        registration=tax_return.registration,
        particulars=told,
        ref2=f"{tax_return.form.value}{year}{period:%m}{tax_return.version - 1:02d}",
        due_on=due_on,
        at=at,
        surcharge_from=tax_return.due_on,
        surcharge_to=periods.local_date(at),
    )
