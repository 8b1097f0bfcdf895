"""What a month brought for funds and local bodies, and what became of it."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import periods
from excise.db import STREAMED
from excise.errors import NotFound
from excise.payments.models import Bill, Payment, PaymentState
from excise.periods import BANGKOK, TaxMonth
from excise.receipts.models import Receipt, ReceiptKind
from excise.remittance.bodies import CODES
from excise.remittance.models import (
    STANDING,
    PayeeKind,
    Remittance,
    RemittanceItem,
    RemittanceState,
)
from excise.tariff.entries import in_force
from excise.tariff.queries import tariff_in_force
from excise.tariff.rules.remittance import split_remittance
from excise.taxpayers.models import Registration

# What the bank took back brought nothing; its receipt is void.
STAYED = Payment.state != PaymentState.REVERSED
UNPLACED = ""  # no establishment says where it lies


@dataclass(frozen=True)
class FundShare:
    """What a month brought for a fund, in satang, and how the cap of the year splits it."""

    code: str
    name_th: str
    name_en: str
    law: str
    confidence: str
    cap_satang: int | None
    collected_satang: int
    before_satang: int
    to_fund_satang: int
    to_treasury_satang: int


@dataclass(frozen=True)
class LocalShare:
    """What a month brought for a local body, in satang."""

    code: str
    amount_satang: int


def remittance_of(session: Session, reference: str) -> Remittance:
    """Return a remittance; raises NotFound."""
    found = session.scalar(sa.select(Remittance).where(Remittance.reference == reference))
    if found is None:
        raise NotFound(what="remittance", id=reference)
    return found


def item_of(session: Session, reference: str, position: int) -> RemittanceItem:
    """Return what one payee of a remittance gets; raises NotFound."""
    for item in remittance_of(session, reference).items:
        if item.position == position:
            return item
    raise NotFound(what="remittance-item", id=f"{reference}/{position}")


def remittances() -> sa.Select[Remittance]:
    """Return the query of all remittances, the latest first."""
    return sa.select(Remittance).order_by(Remittance.id.desc())


def standing_of(session: Session, month: date) -> Remittance | None:
    """Return the remittance of a month that was not given back."""
    return session.scalar(sa.select(Remittance).where(Remittance.month == month, STANDING))


def _moments(month: date) -> tuple[datetime, datetime]:
    whole = TaxMonth.of(month)
    begin = datetime.combine(whole.first, time(), BANGKOK)
    return begin, datetime.combine(whole.last + timedelta(days=1), time(), BANGKOK)


def fund_shares(session: Session, month: date) -> list[FundShare]:
    """Return what the receipts of a month brought for each fund, split by its national cap."""
    begin, end = _moments(month)
    query = (
        sa.select(Receipt.fund_code, sa.func.sum(Receipt.amount_satang))
        .join(Payment, Payment.id == Receipt.payment_id)
        .where(
            Receipt.kind == ReceiptKind.FUND,
            Receipt.issued_at >= begin,
            Receipt.issued_at < end,
            STAYED,
        )
        .group_by(Receipt.fund_code)
    )
    collected = {code: int(total) for code, total in session.execute(query)}
    tariff, last = tariff_in_force(session), TaxMonth.of(month).last
    shares = []
    for code in dict.fromkeys(fund.code for fund in tariff.funds):
        fund = in_force([each for each in tariff.funds if each.code == code], last)
        if fund is None:
            continue
        before = _remitted(session, code, month)
        split = split_remittance(
            tariff,
            code,
            collected_satang=collected.get(code, 0),
            remitted_before_satang=before,
            on=last,
        )
        cap = fund.national_cap_baht_per_fiscal_year
        shares.append(
            FundShare(
                code=code,
                name_th=fund.th,
                name_en=fund.en,
                law=fund.section,
                confidence=fund.confidence,
                cap_satang=None if cap is None else cap * 100,
                collected_satang=collected.get(code, 0),
                before_satang=before,
                to_fund_satang=split.to_fund_satang,
                to_treasury_satang=split.to_treasury_satang,
            )
        )
    return shares


def _remitted(session: Session, code: str, month: date) -> int:
    """Return what a fund gets of the months before in the same fiscal year, as approved."""
    first, _ = periods.fiscal_year_days(periods.fiscal_year_be(month))
    query = (
        sa.select(sa.func.coalesce(sa.func.sum(RemittanceItem.amount_satang), 0))
        .join(Remittance)
        .where(
            RemittanceItem.kind == PayeeKind.FUND,
            RemittanceItem.payee_code == code,
            Remittance.state == RemittanceState.APPROVED,
            Remittance.month >= first,
            Remittance.month < month,
        )
    )
    return int(session.execute(query).scalar_one())


def local_shares(session: Session, month: date) -> list[LocalShare]:
    """Return the local tax of a month's receipts, by the body of the establishment's province."""
    found: dict[str, int] = defaultdict(int)
    for province, facts in _local_tax(session, month):
        if amount := json.loads(facts).get("local_satang", 0):
            found[CODES.get(province or "", UNPLACED)] += amount
    return [LocalShare(code, found[code]) for code in sorted(found)]


def _local_tax(session: Session, month: date) -> Iterator[sa.Row[str | None, str]]:
    begin, end = _moments(month)
    # What concerns the whole taxpayer lies where the first establishment does.
    first = (
        sa.select(Registration.province)
        .where(Registration.taxpayer_id == Bill.taxpayer_id, Registration.number.is_not(None))
        .order_by(Registration.id)
        .limit(1)
        .correlate(Bill)
        .scalar_subquery()
    )
    query = (
        sa.select(sa.func.coalesce(Registration.province, first), Receipt.facts)
        .join(Payment, Payment.id == Receipt.payment_id)
        .join(Bill, Bill.id == Payment.bill_id)
        .outerjoin(Registration, Registration.id == Bill.registration_id)
        .where(
            Receipt.main_id.is_(None), Receipt.issued_at >= begin, Receipt.issued_at < end, STAYED
        )
    )
    with session.execute(query, execution_options=STREAMED) as rows:
        yield from rows
