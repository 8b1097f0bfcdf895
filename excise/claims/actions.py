"""Claim tax back, and take a claim back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit, mail, numbering, periods
from excise.claims.models import (
    ENDED,
    Claim,
    ClaimEvent,
    ClaimFile,
    ClaimKind,
    ClaimLine,
    ClaimState,
    PaidQuantity,
)
from excise.claims.queries import Offer, claim_by_submission, claim_of, offers
from excise.claims.rules import share
from excise.db import lock, locked
from excise.documents.store import Store
from excise.documents.uploads import keep
from excise.errors import Conflict, Invalid
from excise.formats import quantity
from excise.money import half_up
from excise.people.models import Person
from excise.people.rules import Right
from excise.tariff.schema import Tariff
from excise.taxpayers.queries import establishment


@dataclass(frozen=True, kw_only=True)
class ClaimEntry:
    """What is claimed: so many units (ten-thousandths) of each offer, by its key."""

    kind: ClaimKind
    units: Mapping[str, int]
    happened_on: date
    reason: str
    payee: str
    declaration_no: str = ""
    files: Sequence[ClaimFile] = ()


class NothingLeft(Conflict):
    """Another claim used it first; facts: `product`, `left` in its unit and `field`."""

    code = "claim-nothing-left"


class DeclarationUsed(Conflict):
    """An export declaration stands in one claim only; facts: its `reference`."""

    code = "claim-declaration-used"


def keep_files(store: Store, uploads: Sequence[tuple[str, bytes]]) -> list[ClaimFile]:
    """Keep the documents of a claim before the claim points at them.

    Raises Invalid when there is none, and as `uploads.keep`.
    """
    if not uploads:
        raise Invalid("claim-documents-missing", field="files")
    kept = enumerate(keep(store, uploads), start=1)
    return [ClaimFile(position=position, **vars(each)) for position, each in kept]


def send_claim(
    session: Session,
    entry: ClaimEntry,
    *,
    tariff: Tariff,
    number: str,
    person_id: int,
    submission_id: str,
    at: datetime,
) -> Claim:
    """Send a claim; what it claims is used up from here on, unless it is refused or withdrawn.

    The same submission again is the same claim. Local tax is rounded half up once a claim.
    Law: s. 103, 105, 150. Raises NothingLeft, DeclarationUsed, and Invalid for what is missing.
    """
    today = periods.local_date(at)
    place = establishment(session, number, person_id=person_id, right=Right.SUBMIT, on=today)
    lock(session, f"claims:{place.taxpayer_id}")
    if earlier := claim_by_submission(session, place.id, submission_id):
        return earlier
    _check(session, entry, today)
    known = {offer.key: offer for offer in offers(session, place.taxpayer_id, on=today)}
    lines = [
        _line(session, known, key, units, position)
        for position, (key, units) in enumerate(sorted(entry.units.items()), start=1)
    ]
    excise_satang = sum(line.excise_satang for line in lines)
    pct = tariff.provision("local_tax_pct", today).value
    year = periods.fiscal_year_be(today)
    serial = numbering.take(session, f"claim-{entry.kind.value}:{year}")
    claim = Claim(
        reference=f"PS{entry.kind.value}-{year}-{serial:07d}",
        submission_id=submission_id,
        registration_id=place.id,
        kind=entry.kind,
        declaration_no=entry.declaration_no.strip(),
        happened_on=entry.happened_on,
        reason=entry.reason.strip(),
        payee=entry.payee.strip(),
        sent_by=person_id,
        sent_at=at,
        excise_satang=excise_satang,
        local_satang=half_up(excise_satang * int(pct * 100), 10_000),
        lines=lines,
        files=list(entry.files),
        events=[ClaimEvent(state=ClaimState.SENT, actor=f"person:{person_id}", at=at)],
    )
    session.add(claim)
    session.flush()  # the unique keys have the last word while the answer can still be another
    log(session, claim, "send", actor=f"person:{person_id}", at=at)
    letter(session, claim, at=at)
    return claim


def _check(session: Session, entry: ClaimEntry, today: date) -> None:
    if not entry.units or min(entry.units.values()) <= 0:
        raise Invalid("claim-empty")
    for field in ("reason", "payee"):
        if not getattr(entry, field).strip():
            raise Invalid("field-missing", field=field)
    if entry.happened_on > today:
        raise Invalid("claim-day-to-come", field="happened_on")
    if entry.kind is not ClaimKind.EXPORT:
        return
    if not entry.declaration_no.strip():
        raise Invalid("field-missing", field="declaration_no")
    other = session.scalar(
        sa.select(Claim).where(
            Claim.kind == ClaimKind.EXPORT,
            Claim.declaration_no == entry.declaration_no.strip(),
            Claim.state.not_in(ENDED),
        )
    )
    if other is not None:
        raise DeclarationUsed(field="declaration_no", declaration=other.declaration_no)


def _line(
    session: Session, known: Mapping[str, Offer], key: str, units: int, position: int
) -> ClaimLine:
    """Use up a part of what was paid, or refuse: the row is locked until the end."""
    offer = known.get(key)
    if offer is None:
        raise NothingLeft(field=key, product="–", left="0")
    paid = _paid(session, offer)
    if units > paid.left_units:
        raise NothingLeft(field=key, product=offer.product.name, left=quantity(paid.left_units, 4))
    satang = share(units, left_units=paid.left_units, left_satang=paid.left_satang)
    paid.used_units += units
    paid.used_satang += satang
    return ClaimLine(
        position=position,
        receipt_no=offer.receipt_no,
        units=units,
        excise_satang=satang,
        paid=paid,
    )


def _paid(session: Session, offer: Offer) -> PaidQuantity:
    """Return the row that counts what is used of an offer, as its return stands now."""
    query = sa.select(PaidQuantity).where(
        PaidQuantity.return_id == offer.return_id,
        PaidQuantity.product_id == offer.product.id,
        PaidQuantity.tax_point_on == offer.tax_point_on,
    )
    paid: PaidQuantity | None = session.scalar(locked(query, PaidQuantity))
    if paid is None:
        paid = PaidQuantity(
            return_id=offer.return_id,
            product_id=offer.product.id,
            tax_point_on=offer.tax_point_on,
            units=offer.units,
            excise_satang=offer.excise_satang,
        )
        session.add(paid)
    paid.units, paid.excise_satang = offer.units, offer.excise_satang
    return paid


def withdraw(session: Session, *, reference: str, person_id: int, at: datetime) -> Claim:
    """Take a claim back before an officer has examined it; what it used may be claimed again.

    Raises ClaimNotInThisState, and as `claim_of` for a person without the right to submit.
    """
    on = periods.local_date(at)
    claim = claim_of(session, reference, person_id=person_id, right=Right.SUBMIT, on=on)
    session.scalars(locked(sa.select(Claim).where(Claim.id == claim.id), Claim)).one()
    if claim.state is ClaimState.WITHDRAWN:
        return claim
    actor = f"person:{person_id}"
    claim.move(ClaimState.WITHDRAWN, since=(ClaimState.SENT,), actor=actor, at=at)
    release(session, claim)
    log(session, claim, "withdraw", actor=actor, at=at)
    return claim


def release(session: Session, claim: Claim) -> None:
    """Give back what a claim used up."""
    ids = [line.paid_quantity_id for line in claim.lines]
    query = sa.select(PaidQuantity).where(PaidQuantity.id.in_(ids)).order_by(PaidQuantity.id)
    rows = {row.id: row for row in session.scalars(locked(query, PaidQuantity))}
    for line in claim.lines:
        paid = rows[line.paid_quantity_id]
        paid.used_units -= line.units
        paid.used_satang -= line.excise_satang


def log(session: Session, claim: Claim, act: str, *, actor: str, at: datetime) -> None:
    """Note an act about a claim in the audit log."""
    audit.record(
        session,
        actor=actor,
        act=f"claim.{act}",
        subject=f"claim:{claim.reference}",
        at=at,
        state=claim.state.value,
        total_satang=claim.total_satang,
    )


def letter(session: Session, claim: Claim, *, at: datetime) -> None:
    """Write to who sent the claim that it stands where it stands now."""
    person = session.get_one(Person, claim.sent_by)
    mail.tell(
        session,
        to=person.email,
        template=f"claim_{claim.state.value}",
        facts={"name": person.name, "reference": claim.reference, "finding": claim.finding},
        key=f"claim:{claim.reference}:{claim.state.value}",
        at=at,
    )
