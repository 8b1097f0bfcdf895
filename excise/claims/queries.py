"""Questions about claims: what may still be claimed, who claims what, and for the rules."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.claims.models import (
    ENDED,
    OWED,
    Claim,
    ClaimLine,
    ClaimState,
    PaidQuantity,
)
from excise.db import locked
from excise.errors import NotFound
from excise.evidence.values import gtin14
from excise.ledger.models import Account, Entry, Posting
from excise.offices.queries import codes_under
from excise.payments.models import Payment
from excise.payments.queries import bills_of_returns
from excise.people.models import Officer
from excise.people.rules import Right
from excise.periods import BANGKOK, add_months
from excise.products.models import Product
from excise.receipts.models import Receipt
from excise.returns.amending import earlier_versions, is_in_force
from excise.returns.models import DeclaredLine, Form, Return, ReturnState
from excise.taxpayers.models import Registration, Taxpayer
from excise.taxpayers.queries import Reach, require_right_at

CLAIM_YEARS = 3  # assumed: a claim is made within three years of payment
MOST_RETURNS = 60  # offered at once, the latest first


@dataclass(frozen=True)
class Offer:
    """So much of a product of a paid return that may still be claimed; `key` names it."""

    return_id: int
    reference: str
    receipt_no: str
    bank_code: str
    product: Product
    tax_point_on: date
    units: int
    excise_satang: int
    left_units: int
    left_satang: int

    @property
    def key(self) -> str:
        """Return what names it in a form."""
        return f"{self.return_id}-{self.product.id}-{self.tax_point_on.isoformat()}"


def offers(session: Session, taxpayer_id: int, *, on: date) -> list[Offer]:
    """Return what a taxpayer paid and may still claim, the latest return first.

    Of an amended return the version in force counts, and only when every bill is paid.
    """
    query = (
        sa.select(Return)
        .join(Registration, Registration.id == Return.registration_id)
        .where(
            Registration.taxpayer_id == taxpayer_id,
            Return.state == ReturnState.FILED,
            Return.form == Form.GOODS,
            Return.period >= add_months(on.replace(day=1), -12 * CLAIM_YEARS),
            is_in_force(),
        )
        .order_by(Return.period.desc(), Return.id.desc())
        .limit(MOST_RETURNS)
    )
    return [offer for one in session.scalars(query) for offer in offers_of(session, one)]


def offers_of(session: Session, version: Return) -> list[Offer]:
    """Return what may still be claimed of one return in force; nothing while a bill is unpaid."""
    versions = [version, *earlier_versions(session, version)]
    if (shown := _receipt(session, versions)) is None:
        return []
    first = versions[-1]
    declared = _declared(session, version)
    used = _used(session, first.id)
    found = []
    for (product_id, day), (units, satang) in declared.items():
        used_units, used_satang = used.get((product_id, day), (0, 0))
        left = (units - used_units, satang - used_satang)
        if left[0] > 0 and left[1] > 0:
            product = session.get_one(Product, product_id)
            what = (first.id, str(version.reference), *shown, product, day, units, satang)
            found.append(Offer(*what, *left))
    return found


def _receipt(session: Session, versions: Iterable[Return]) -> tuple[str, str] | None:
    """Return the receipt that shows the payment of all versions, and its bank."""
    bills = bills_of_returns(session, [one.reference or "" for one in versions])
    standing = [bill for bill in bills if bill.withdrawn_at is None]
    if not standing or not all(bill.is_paid for bill in standing):
        return None
    query = (
        sa.select(Receipt.number, Payment.bank_code)
        .join(Payment, Payment.id == Receipt.payment_id)
        .where(Payment.bill_id.in_([bill.id for bill in standing]), Receipt.main_id.is_(None))
        .order_by(Receipt.id)
    )
    row = session.execute(query).first()
    return (row[0], row[1]) if row else None


def _declared(session: Session, version: Return) -> dict[tuple[int, date], tuple[int, int]]:
    query = (
        sa.select(
            DeclaredLine.product_id,
            DeclaredLine.tax_point_on,
            sa.func.sum(DeclaredLine.units),
            sa.func.sum(DeclaredLine.excise_satang),
        )
        .where(DeclaredLine.return_id == version.id)
        .group_by(DeclaredLine.product_id, DeclaredLine.tax_point_on)
        .order_by(DeclaredLine.product_id, DeclaredLine.tax_point_on)
    )
    return {(row[0], row[1]): (int(row[2]), int(row[3])) for row in session.execute(query)}


def _used(session: Session, return_id: int) -> dict[tuple[int, date], tuple[int, int]]:
    rows = session.scalars(sa.select(PaidQuantity).where(PaidQuantity.return_id == return_id))
    return {(one.product_id, one.tax_point_on): (one.used_units, one.used_satang) for one in rows}


def claim_by_submission(session: Session, registration_id: int, submission_id: str) -> Claim | None:
    """Return what an establishment claimed by one filling-in of a form, if anything."""
    return session.scalar(
        sa.select(Claim).where(
            Claim.submission_id == submission_id, Claim.registration_id == registration_id
        )
    )


def claims_within(reach: Reach) -> sa.Select[Claim]:
    """Return the query of the claims within a reach, the latest first."""
    return (
        sa.select(Claim)
        .join(Registration, Registration.id == Claim.registration_id)
        .where(reach.holds(Registration.taxpayer_id, Registration.id))
        .order_by(Claim.sent_at.desc(), Claim.id.desc())
    )


def claim_of(session: Session, reference: str, *, person_id: int, right: Right, on: date) -> Claim:
    """Return a claim to somebody with the right; NotFound when it is not theirs."""
    found = session.scalar(sa.select(Claim).where(Claim.reference == reference))
    if found is None:
        raise NotFound(what="claim", id=reference)
    require_right_at(session, found.registration, person_id=person_id, right=right, on=on)
    return found


def claims_of_offices(codes: Collection[str], states: Collection[ClaimState]) -> sa.Select[Claim]:
    """Return the query of the claims at some offices in some states, the oldest first."""
    return (
        sa.select(Claim)
        .join(Registration, Registration.id == Claim.registration_id)
        .where(Registration.office_code.in_(codes), Claim.state.in_(states))
        .order_by(Claim.sent_at, Claim.id)
    )


def claim_for_officer(
    session: Session, reference: str, officer: Officer, *, for_update: bool = False
) -> Claim:
    """Return a claim of the officer's office or one below; NotFound otherwise."""
    codes = codes_under(session, officer.office_code)
    query = (
        sa.select(Claim)
        .join(Registration, Registration.id == Claim.registration_id)
        .where(Claim.reference == reference, Registration.office_code.in_(codes))
    )
    found = session.scalar(locked(query, Claim) if for_update else query)
    if found is None:
        raise NotFound(what="claim", id=reference)
    return found


class Claimed(NamedTuple):
    """One line of a claim as rules compare it; units are ten-thousandths, `code` a long GTIN."""

    claim_no: str
    form: str
    state: str
    tax_id: str
    registration_id: int
    claimed_on: date
    happened_on: date
    declaration_no: str
    receipt_no: str
    product_id: int
    product_code: str
    units: int
    excise_satang: int


def claimed(
    session: Session,
    *,
    since: date | None = None,
    until: date | None = None,
    tax_id: str | None = None,
) -> list[Claimed]:
    """Return the lines of claims that stand, by the days on which the goods left or were used.

    Both days are included. What was refused or withdrawn claims nothing.
    """
    query = (
        sa.select(Claim, ClaimLine, Product, Taxpayer.tax_id)
        .join(ClaimLine, ClaimLine.claim_id == Claim.id)
        .join(PaidQuantity, PaidQuantity.id == ClaimLine.paid_quantity_id)
        .join(Product, Product.id == PaidQuantity.product_id)
        .join(Registration, Registration.id == Claim.registration_id)
        .join(Taxpayer, Taxpayer.id == Registration.taxpayer_id)
        .where(Claim.state.not_in(ENDED))
        .order_by(Claim.id, ClaimLine.position)
    )
    if since is not None:
        query = query.where(Claim.happened_on >= since)
    if until is not None:
        query = query.where(Claim.happened_on <= until)
    if tax_id is not None:
        query = query.where(Taxpayer.tax_id == tax_id)
    return [
        Claimed(
            claim_no=claim.reference,
            form=claim.kind.value,
            state=claim.state.value,
            tax_id=number,
            registration_id=claim.registration_id,
            claimed_on=claim.sent_at.astimezone(BANGKOK).date(),
            happened_on=claim.happened_on,
            declaration_no=claim.declaration_no,
            receipt_no=line.receipt_no,
            product_id=product.id,
            product_code=gtin14(product.gtin or ""),
            units=line.units,
            excise_satang=line.excise_satang,
        )
        for claim, line, product, number in session.execute(query)
    ]


def claims_due(session: Session) -> int:
    """Return what approved claims are still owed, in satang."""
    return _sum(session, Claim.excise_satang + Claim.local_satang, ClaimState.APPROVED)


def claims_paid(session: Session) -> int:
    """Return what was paid for claims, with the interest, in satang."""
    whole = Claim.excise_satang + Claim.local_satang + Claim.interest_satang
    return _sum(session, whole, ClaimState.PAID)


def _sum(session: Session, amount: sa.ColumnElement[int], state: ClaimState) -> int:
    query = sa.select(sa.func.coalesce(sa.func.sum(amount), 0)).where(Claim.state == state)
    return int(session.execute(query).scalar_one())


def first_fault(session: Session) -> str | None:
    """Prove claims: what they use is what is noted as used, and each is posted as it stands."""
    lines: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    sums = (
        sa.select(
            ClaimLine.paid_quantity_id,
            sa.func.sum(ClaimLine.units),
            sa.func.sum(ClaimLine.excise_satang),
        )
        .join(Claim, Claim.id == ClaimLine.claim_id)
        .where(Claim.state.not_in(ENDED))
        .group_by(ClaimLine.paid_quantity_id)
    )
    for paid_id, units, satang in session.execute(sums):
        lines[paid_id] = [int(units), int(satang)]
    for one in session.scalars(sa.select(PaidQuantity)):
        if lines[one.id] != [one.used_units, one.used_satang]:
            return f"paid quantity {one.id} notes other claims than there are"
    postings = (
        sa.select(Entry.cause, -Posting.amount_satang)
        .join(Posting)
        .where(Entry.cause.startswith("claim:"), Posting.account == Account.PAYABLE_REFUND)
    )
    posted = {cause: int(satang) for cause, satang in session.execute(postings)}
    owed = {
        f"claim:{one.reference}": one.total_satang
        for one in session.scalars(sa.select(Claim).where(Claim.state.in_(OWED)))
    }
    if wrong := set(posted.items()) ^ set(owed.items()):
        return f"{min(wrong)[0]} is not posted as it was approved"
    return None
