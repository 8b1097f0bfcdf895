"""What most tests need to stand on: plain functions that make it through the real actions."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.assessments import actions as assessing
from excise.assessments.approval import approve as approve_assessment
from excise.assessments.models import Assessment
from excise.assessments.queries import work_out_assessment
from excise.cases import actions as casework
from excise.cases.models import Discrepancy
from excise.cases.rules import Found
from excise.claims.actions import ClaimEntry, send_claim
from excise.claims.models import Claim, ClaimFile, ClaimKind
from excise.claims.queries import offers
from excise.closing.actions import propose as propose_closing
from excise.closing.queries import Period
from excise.counter.actions import approve as approve_shift
from excise.counter.actions import count as count_shift
from excise.counter.actions import open_shift, take
from excise.counter.models import Deposit, Means, Shift, Taking
from excise.documents.store import Store
from excise.evidence.models import Channel, Delivery
from excise.ledger.models import Closing, ClosingKind
from excise.matching.models import Run
from excise.payments.actions import BankMessage, receive
from excise.payments.models import Bill, Payment, Resolution
from excise.payments.queries import payment_of
from excise.payments.resolving import propose_refund
from excise.people.models import Officer, Person
from excise.periods import local_date
from excise.problems.actions import Report, report
from excise.problems.models import Problem, ProblemPicture
from excise.problems.rules import Category
from excise.products.actions import ProductDetails, add_product, notify_price
from excise.products.models import Product
from excise.remittance.models import PayeeKind, Remittance, RemittanceItem
from excise.returns.actions import LineEntry, finish_lines, set_line, start_return
from excise.returns.filing import file_return
from excise.returns.models import Basis, Return
from excise.returns.queries import work_out_draft
from excise.stock.accounts import ACCOUNTS
from excise.stock.actions import as_file, check, send
from excise.stock.models import Action, Statement, StockEntry
from excise.tariff.schema import first_edition
from excise.taxpayers.actions import Application, apply, approve, record_guarantee
from excise.taxpayers.changing import Asked, ask_for_change
from excise.taxpayers.models import Change, Registration
from excise.taxpayers.rules import ENTRIES, ChangeKind, EstablishmentType

TARIFF = first_edition()
AT = datetime(2026, 11, 10, 3, 30, tzinfo=UTC)  # a Tuesday, 10:30 in Bangkok
TODAY = date(2026, 11, 10)
MONTH = date(2026, 10, 1)  # its return is due on Monday 16 November
TAX_ID = "0105558096348"
BEER = {"volume_l": Decimal("0.32"), "degree": Decimal(5)}
_next = count(1)


def fresh(word: str) -> str:
    """A text that no other call gets: a submission id, a transaction number."""
    return f"{word}-{next(_next)}"


def tax_id(number: int) -> str:
    """The `number`th made-up tax ID with a right check digit."""
    base = f"01055{number:07d}"
    return base + str((11 - sum((13 - i) * int(d) for i, d in enumerate(base)) % 11) % 10)


def person(session: Session, *, name: str = "สมชาย ใจดี", email: str = "") -> Person:
    one = Person(name=name, email=email or f"{fresh('person')}@example.com", created_at=AT)
    session.add(one)
    session.flush()
    return one


def officer(
    session: Session, *, roles: tuple[str, ...] = ("registrar",), office: str = "010100"
) -> Officer:
    one = Officer(
        person_id=person(session, name="สมศรี ตรวจการ").id,
        office_code=office,
        position_th="นักวิชาการสรรพสามิต",
        roles=list(roles),
    )
    session.add(one)
    session.flush()
    return one


def application(**changes: Any) -> Application:
    entered: dict[str, Any] = {
        "tax_id": TAX_ID,
        "taxpayer_name": "บริษัท ตัวอย่าง จำกัด",
        "establishment_type": EstablishmentType.FACTORY,
        "name": "โรงงานตัวอย่าง 1",
        "address": "99 หมู่ 4",
        "province": "พระนครศรีอยุธยา",
        "postcode": "13000",
        "phone": "035123456",
        "office_code": "010100",
        "duty_groups": ["7001", "0101"],
        "starts_on": date(2026, 1, 1),
    }
    return Application(**entered | changes)


def registration(
    session: Session, *, applicant: Person | None = None, at: datetime = AT, **changes: Any
) -> Registration:
    """An application that waits for its decision."""
    applicant = applicant or person(session)
    return apply(
        session,
        application(**changes),
        person_id=applicant.id,
        submission_id=fresh("apply"),
        at=at,
    )


def establishment(
    session: Session,
    *,
    owner: Person | None = None,
    guarantee: bool = True,
    at: datetime = AT,
    **changes: Any,
) -> Registration:
    """An approved registration; its applicant is the owner (`applicant_id`)."""
    asked = registration(session, applicant=owner, at=at, **changes)
    decider = officer(session, office=asked.office_code).id
    approved = approve(session, reference=asked.reference, officer_id=decider, at=at)
    if guarantee:
        record_guarantee(
            session,
            registration=approved,
            document_number=fresh("guarantee"),
            amount_satang=1_000_000_00,
            valid_from=date(2026, 1, 1),
            valid_until=date(2026, 12, 31),
            officer_id=decider,
            at=at,
        )
    session.flush()
    return approved


def change(session: Session, place: Registration, *, at: datetime = AT, **changes: Any) -> Change:
    """A move that waits for its decision, unless another `kind` is asked for."""
    kind = changes.get("kind", ChangeKind.MOVE)
    now = {name: getattr(place, name, None) for name in ENTRIES[kind]}
    filled = {
        ChangeKind.PARTICULARS: {"phone": "0 2000 0000"},
        ChangeKind.MOVE: {"address": "1 ถนนใหม่"},
        ChangeKind.TRANSFER: {
            "new_owner_tax_id": tax_id(77),
            "new_owner_name": "บริษัท ผู้รับโอน จำกัด",
            "reason": "ขายกิจการ",
        },
        ChangeKind.CLOSING: {"reason": "เลิกผลิต"},
    }
    asked = Asked(
        kind=kind,
        effective_on=changes.get("effective_on", local_date(at)),
        entries=now | filled[kind] | changes.get("entries", {}),
        files=changes.get("files", ()),
    )
    return ask_for_change(
        session,
        asked,
        number=str(place.number),
        person_id=changes.get("person_id", place.applicant_id),
        submission_id=changes.get("submission_id") or fresh("change"),
        at=at,
    )


def service(session: Session, **changes: Any) -> Registration:
    """A night club, which files receipts by the month."""
    kind = {"establishment_type": EstablishmentType.SERVICE, "duty_groups": ["0901"]}
    return establishment(session, guarantee=False, **kind | changes)


def product(
    session: Session,
    place: Registration,
    *,
    item: str = "beer",
    measures: dict[str, Decimal] | None = None,
    retail_satang: int | None = 39_00,
    price_from: date = date(2026, 1, 1),
    at: datetime = AT,
    **details: Any,
) -> Product:
    """A can of beer of 5 degrees at 39 baht, unless told otherwise; no price for None."""
    made = add_product(
        session,
        ProductDetails(
            item=item,
            measures=BEER if measures is None else measures,
            **{"name": "เบียร์ตัวอย่าง", "unit": "กระป๋อง"} | details,
        ),
        tariff=TARIFF,
        registration_id=place.id,
        person_id=place.applicant_id,
        submission_id=fresh("product"),
        at=at,
    )
    if retail_satang is not None:
        price(session, made, retail_satang=retail_satang, effective_from=price_from, at=at)
    return made


def price(
    session: Session,
    of: Product,
    *,
    retail_satang: int = 39_00,
    effective_from: date = date(2026, 1, 1),
    submission_id: str | None = None,
    at: datetime = AT,
) -> Any:
    return notify_price(
        session,
        tariff=TARIFF,
        product_id=of.id,
        retail_incl_vat_satang=retail_satang,
        effective_from=effective_from,
        person_id=of.registration.applicant_id,
        submission_id=submission_id or fresh("price"),
        at=at,
    )


def start(
    session: Session,
    place: Registration,
    *,
    basis: Basis = Basis.MONTH,
    day: date = MONTH,
    submission_id: str | None = None,
    at: datetime = AT,
) -> Return:
    assert place.number
    started = start_return(
        session,
        tariff=TARIFF,
        registration_number=place.number,
        basis=basis,
        day=day,
        person_id=place.applicant_id,
        submission_id=submission_id or fresh("return"),
        at=at,
    )
    session.flush()
    return started


def line(
    session: Session,
    draft: Return,
    of: Product,
    *,
    quantity: Decimal | int = 1000,
    on: date | None = None,
    receipts_satang: int | None = None,
    measures: dict[str, Decimal] | None = None,
    position: int | None = None,
    at: datetime = AT,
) -> Any:
    return set_line(
        session,
        LineEntry(
            product_id=of.id,
            tax_point_on=on or draft.removal_on or draft.period,
            quantity=Decimal(quantity),
            receipts_satang=receipts_satang,
            measures=measures or {},
        ),
        tariff=TARIFF,
        draft_reference=draft.draft_reference,
        person_id=draft.created_by,
        position=position,
        at=at,
    )


def draft(
    session: Session,
    *,
    place: Registration | None = None,
    quantity: Decimal | int = 1000,
    at: datetime = AT,
    **changes: Any,
) -> Return:
    """A return of beer that only needs to be filed; nil when the quantity is 0."""
    place = place or establishment(session)
    begun = start(session, place, at=at, **changes)
    if quantity:
        line(session, begun, product(session, place), quantity=quantity, at=at)
    return finished(session, begun, at=at)


def finished(session: Session, begun: Return, *, at: datetime = AT) -> Return:
    return finish_lines(
        session, draft_reference=begun.draft_reference, person_id=begun.created_by, at=at
    )


def file(
    session: Session, ready: Return, *, agreed_satang: int | None = None, at: datetime = AT
) -> Return:
    """File a finished draft, agreeing to whatever it comes to unless told otherwise."""
    if agreed_satang is None:
        on = local_date(at)
        agreed_satang = work_out_draft(TARIFF, ready, on=on).total_satang
    return file_return(
        session,
        tariff=TARIFF,
        draft_reference=ready.draft_reference,
        person_id=ready.created_by,
        agreed_satang=agreed_satang,
        origin="127.0.0.1",
        at=at,
    )


def filed(session: Session, *, at: datetime = AT, **changes: Any) -> Return:
    """A filed return of 1,000 cans of beer."""
    return file(session, draft(session, at=at, **changes), at=at)


def bill(session: Session, tax_return: Return) -> Bill:
    """The bill of a filed return."""
    return session.scalars(
        sa.select(Bill).where(Bill.cause == f"return:{tax_return.reference}")
    ).one()


def bank_message(of: Bill, **changes: Any) -> BankMessage:
    """What the bank says when the bill is paid exactly."""
    told: dict[str, Any] = {
        "bank_code": "KTB",
        "transaction_id": fresh("T"),
        "paid_at": AT,
        "amount_satang": of.amount_satang,
        "ref1": of.ref1,
        "ref2": of.ref2,
        "channel": "promptpay",
    }
    return BankMessage(**told | changes)


def stray(session: Session, of: Bill, **changes: Any) -> Payment:
    """Money that came with a wrong reference and found no bill."""
    message = bank_message(of, **{"ref2": "X"} | changes)
    receive(session, message, actor="system", at=AT)
    return payment_of(session, message.bank_code, message.transaction_id)


def taking(session: Session, of: Bill) -> Taking:
    """A bill paid with a cheque at the counter of its office."""
    cashier = officer(session, roles=("cashier",), office=of.office_code)
    open_shift(session, float_satang=0, officer_id=cashier.id, at=AT)
    return take(
        session,
        ref1=of.ref1,
        means=Means.CHEQUE,
        detail="KTB 1",
        tendered_satang=0,
        submission_id=fresh("taking"),
        officer_id=cashier.id,
        at=AT,
    )


def counted(session: Session, of: Bill) -> Taking:
    """The same in a session that is counted and waits for the supervisor."""
    done = taking(session, of)
    _count(session, done.of, 0)
    return done


def deposit(session: Session, *, office: str = "010100") -> Deposit:
    """The way to the bank of what was over in a session."""
    cashier = officer(session, roles=("cashier",), office=office)
    shift = open_shift(session, float_satang=0, officer_id=cashier.id, at=AT)
    _count(session, shift, 100_00)
    head = officer(session, roles=("finance_head",), office=office)
    approve_shift(session, reference=shift.reference, officer_id=head.id, at=AT)
    session.flush()
    return session.scalars(sa.select(Deposit).where(Deposit.shift_id == shift.id)).one()


def _count(session: Session, shift: Shift, counted_satang: int) -> None:
    session.flush()
    count_shift(
        session,
        reference=shift.reference,
        counted_satang=counted_satang,
        reason="found",
        officer_id=shift.cashier_id,
        at=AT,
    )
    session.flush()


def remittance(session: Session) -> Remittance:
    """A prepared remittance of one payee, of a month long ago."""
    one = Remittance(
        reference=fresh("RM"),
        month=date(2020, 1, 1),
        tariff_edition="1",
        prepared_by=officer(session, roles=("accountant",)).id,
        prepared_at=AT,
    )
    session.add(one)
    item = RemittanceItem(
        remittance=one, position=1, kind=PayeeKind.LOCAL, payee_code="10", amount_satang=5
    )
    session.add(item)
    session.flush()
    return one


def resolution(session: Session, of: Payment) -> Resolution:
    """A proposal to pay money back."""
    return propose_refund(
        session,
        payment_id=of.id,
        payee="นายสมชาย ใจดี ธนาคารกรุงไทย 123-4-56789-0",
        reason="ไม่ใช่เงินภาษี",
        submission_id=fresh("S"),
        officer_id=officer(session, roles=("accountant",)).id,
        at=AT,
    )


def closing(session: Session) -> Closing:
    """A proposal to close the days before the first entry."""
    period = Period(ClosingKind.DAYS, date(2020, 1, 1), date(2020, 1, 1))
    one = propose_closing(
        session, period, officer_id=officer(session, roles=("accountant",)).id, at=AT
    )
    session.flush()
    return one


def discrepancy(
    session: Session, of: Product, *, month: date = MONTH, at: datetime = AT, **changes: Any
) -> Discrepancy:
    """10,000 units of a product that somebody says were sold and nobody declared."""
    place = of.registration
    run = Run(
        period=month, tax_id=None, cause=fresh("run"), ran_at=at, rules_sha256="0" * 64, counts={}
    )
    session.add(run)
    session.flush()
    figures: dict[str, Any] = {
        "rule": "R01",
        "taxpayer_id": place.taxpayer_id,
        "registration_id": place.id,
        "product_id": of.id,
        "product_code": of.gtin or str(of.id),
        "period": month,
        "measure": "units",
        "outcome": "under-declared",
        "declared": 0,
        "evidence": 10_000 * 10_000,
        "difference": 10_000 * 10_000,
        "tolerance": 10_000,
        "potential_satang": 275_178_00,
    }
    found = Found(**figures | changes)
    casework.take_note(
        session, [found], run_id=run.id, period=month, taxpayer_id=place.taxpayer_id, at=at
    )
    return session.scalars(sa.select(Discrepancy).order_by(Discrepancy.id.desc())).first()  # type: ignore[return-value]


def assessment(
    session: Session,
    found: Discrepancy,
    *,
    auditor: Officer | None = None,
    proposed: bool = False,
    at: datetime = AT,
    **terms: Any,
) -> Assessment:
    """A draft by an auditor who took the case, with all its reasons; proposed if asked for."""
    auditor = auditor or officer(session, roles=("auditor",), office=found.registration.office_code)
    casework.take(session, reference=found.reference, officer_id=auditor.id, at=at)
    made = assessing.prepare(
        session,
        tariff=TARIFF,
        discrepancy_reference=found.reference,
        officer_id=auditor.id,
        submission_id=fresh("assessment"),
        at=at,
    )
    given: dict[str, Any] = {
        "computed_to": made.computed_to,
        "was_filed": made.was_filed,
        "consenting": False,
        "facts": made.facts,
        "law": made.law,
        "discretion": "ไม่มีเหตุอันควรผ่อนผัน จึงเรียกเก็บเต็มจำนวน",
    }
    who = {"reference": made.reference, "officer_id": auditor.id, "at": at}
    assessing.set_terms(session, assessing.Terms(**given | terms), tariff=TARIFF, **who)
    if proposed:
        assessing.propose(session, tariff=TARIFF, **who)
    session.flush()
    return made


def approved(
    session: Session,
    proposal: Assessment,
    *,
    assessor: Officer | None = None,
    agreed_satang: int | None = None,
    allow_assumed: bool = True,
    at: datetime = AT,
) -> Assessment:
    """Approve a proposal, agreeing to whatever it comes to unless told otherwise."""
    office = proposal.registration.office_code
    assessor = assessor or officer(session, roles=("assessor",), office=office)
    if agreed_satang is None:
        agreed_satang = work_out_assessment(TARIFF, proposal).total_satang
    return approve_assessment(
        session,
        tariff=TARIFF,
        reference=proposal.reference,
        officer_id=assessor.id,
        agreed_satang=agreed_satang,
        allow_assumed=allow_assumed,
        at=at,
    )


def problem(
    session: Session,
    *,
    picture: ProblemPicture | None = None,
    at: datetime = AT,
    submission_id: str = "",
    **changes: Any,
) -> Problem:
    """A report by a visitor, or by `person_id`."""
    said: dict[str, Any] = {
        "category": Category.STUCK,
        "what": "กดปุ่มแล้วไม่มีอะไรเกิดขึ้น",
        "doing": "",
        "site": "portal",
        "page": "/returns/",
        "request_id": "r-1",
        "language": "th",
        "email": "" if changes.get("person_id") else "visitor@example.com",
    }
    return report(
        session,
        Report(**said | changes),
        submission_id=submission_id or fresh("report"),
        token=fresh("token"),
        picture=picture,
        link_to=lambda one: f"http://localhost:8000/problems/{one.reference}",
        at=at,
    )


def stock(
    session: Session,
    place: Registration,
    *lines: dict[str, str],
    account: str = "0702",
    store: Store | None = None,
    person_id: int | None = None,
    submission_id: str = "",
    at: datetime = AT,
) -> Statement:
    """Lines of an account as they are typed, checked and sent by the owner."""
    kept = ACCOUNTS[account]
    today = local_date(at)
    with TemporaryDirectory() as folder:
        source = Path(folder, "typed.csv")
        source.write_bytes(as_file(session, lines, account=kept, registration=place, today=today))
        told = check(
            session,
            store or Store(Path(folder, "documents")),
            source,
            account=kept,
            registration=place,
            name="typed.csv",
            at=at,
        )
    return send(
        session,
        told,
        number=str(place.number),
        person_id=person_id or place.applicant_id,
        submission_id=submission_id or fresh("stock"),
        at=at,
    )


def paid(session: Session, *, at: datetime = AT, **changes: Any) -> Return:
    """A filed return of 1,000 cans whose bill the bank says is paid."""
    tax_return = filed(session, at=at, **changes)
    receive(session, bank_message(bill(session, tax_return)), actor="system", at=at)
    session.flush()
    return tax_return


def claim(
    session: Session,
    tax_return: Return,
    cans: int = 10,
    *,
    kind: ClaimKind = ClaimKind.EXPORT,
    submission_id: str = "",
    at: datetime = AT,
    **changes: Any,
) -> Claim:
    """A claim of so many cans of a paid return, by the owner."""
    place, today = tax_return.registration, local_date(at)
    (offer,) = offers(session, place.taxpayer_id, on=today)
    told: dict[str, Any] = {
        "kind": kind,
        "units": {offer.key: cans * 10_000},
        "happened_on": today,
        "reason": "ส่งออกไปลาว",
        "payee": "ธนาคารตัวอย่าง 123-4-56789-0",
        "declaration_no": fresh("EXP") if kind is ClaimKind.EXPORT else "",
        "files": [
            ClaimFile(
                position=1, name="proof.pdf", media_type="application/pdf", sha256="0" * 64,
                size_bytes=8,
            )
        ],
    }  # fmt: skip
    return send_claim(
        session,
        ClaimEntry(**told | changes),
        tariff=TARIFF,
        number=str(place.number),
        person_id=place.applicant_id,
        submission_id=submission_id or fresh("claim"),
        at=at,
    )


def stock_entry(place: Registration) -> StockEntry:
    """An entry of nothing on one day, with a delivery that tells of no month."""
    delivery = Delivery(
        receipt_no=fresh("EV"), source_code="OWN", document_no=fresh("stock"), channel=Channel.FILE,
        name="typed.csv", content_sha256="0" * 64, rows_sha256="0" * 64, received_at=AT,
        received_by="system", row_count=1, accepted_count=1, amount_satang=0, periods=[],
        layout="stock_lines",
    )  # fmt: skip
    statement = Statement(
        delivery=delivery, registration_id=place.id, submission_id=fresh("stock"),
        sent_by=place.applicant_id, sent_at=AT,
    )  # fmt: skip
    return StockEntry(
        statement=statement, registration_id=place.id, form="0701", product_code="SUGAR",
        day_on=TODAY, version=1, action=Action.NEW,
        opening=0, received=0, issued=0, lost=0, closing=0,
    )  # fmt: skip
