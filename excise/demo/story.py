"""Play the months of many businesses through the same actions that people use."""

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import sqlalchemy as sa
import yaml
from sqlalchemy.orm import Session
from stdnum import ean

from excise import periods
from excise.demo.officers import Officers
from excise.money import satang
from excise.payments.actions import BankMessage, receive
from excise.payments.models import Bill
from excise.people.models import Person
from excise.products.actions import ProductDetails, add_product, notify_price
from excise.returns.actions import LineEntry, finish_lines, set_line, start_return
from excise.returns.filing import file_return
from excise.returns.models import Basis, Return
from excise.returns.queries import work_out_draft
from excise.tariff.schema import Tariff
from excise.taxpayers.actions import Application, apply, approve, record_guarantee
from excise.taxpayers.models import Registration, Taxpayer
from excise.taxpayers.rules import EstablishmentType

SEED = 2569
Transaction = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True)
class Business:
    """One invented business, as the list of the package has it."""

    facts: dict[str, Any]
    owner_email: str

    @property
    def tax_id(self) -> str:
        """The tax number with its check digit."""
        base: str = self.facts["tax"]
        weighted = sum((13 - place) * int(digit) for place, digit in enumerate(base))
        return f"{base}{(11 - weighted % 11) % 10}"

    @property
    def gtin(self) -> str | None:
        """The barcode of its product, made up unless the list has it; services have none."""
        if self.is_service:
            return None
        base = f"885001{self.facts['tax'][-6:]}"
        return str(self.facts.get("gtin") or base + ean.calc_check_digit(base))

    @property
    def is_service(self) -> bool:
        """Services have receipts, no goods."""
        return bool(self.facts["type"] == EstablishmentType.SERVICE.value)


@cache
def businesses() -> tuple[Business, ...]:
    """Return the businesses of the package's list, in its order."""
    text = files("excise.demo").joinpath("businesses.yaml").read_text(encoding="utf-8")
    return tuple(
        Business(facts, f"owner{number:02d}@business.example.org")
        for number, facts in enumerate(yaml.safe_load(text), start=1)
    )


def is_there(session: Session, *, count: int | None = None) -> bool:
    """Tell whether the first `count` businesses stand, or all of them."""
    return _is_known(session, businesses()[:count][-1])


def _is_known(session: Session, business: Business) -> bool:
    query = sa.select(Taxpayer.id).where(Taxpayer.tax_id == business.tax_id)
    return session.scalar(query) is not None


def play(
    transaction: Transaction,
    tariff: Tariff,
    officers: Officers,
    *,
    today: date,
    months: int = 12,
    count: int | None = None,
) -> Iterator[str]:
    """Register the first `count` businesses and file their months, one transaction a business.

    Yields the name of each business when it is done. The same day and seed give
    the same data; after an interruption it goes on with the next business.
    """
    with transaction() as session:
        _apply_and_wait(session, today)
    for number, business in enumerate(businesses()[:count]):
        chance = random.Random(SEED + number)  # noqa: S311  # the same data every time
        with transaction() as session:
            if not _is_known(session, business):
                story = _Story(session, tariff, officers, business, chance)
                story.settle_in(_months_back(today, months))
                for month in periods.months_between(_months_back(today, months), today)[:-1]:
                    story.live_through(month, today)
        yield business.facts["name"]


NEWCOMERS = (
    ("010555810040", "บริษัท คราฟต์เบียร์ริมโขง จำกัด", "7001", "040100", "หนองคาย"),
    ("010555810041", "บริษัท น้ำดื่มวิตามินใส จำกัด", "0201", "100100", "กรุงเทพมหานคร"),
    ("010555810042", "บริษัท แบตเตอรี่ลิเทียมไทย จำกัด", "0804", "020200", "ระยอง"),
)


def _apply_and_wait(session: Session, today: date) -> None:
    """Leave some applications for the officers to decide."""
    for days, (tax, name, group, office, province) in enumerate(NEWCOMERS, start=1):
        at = _moment(today - timedelta(days=days), 9, 30)
        business = Business({"tax": tax}, f"newcomer{days}@business.example.org")
        if _is_known(session, business):
            continue
        person = Person(name=f"ผู้แทน {name}", email=business.owner_email, created_at=at)
        session.add(person)
        session.flush()  # the application is this person's
        apply(
            session,
            Application(
                tax_id=business.tax_id,
                taxpayer_name=name,
                establishment_type=EstablishmentType.FACTORY,
                name=f"{name} โรงงาน 1",
                address=f"{days} หมู่ 4",
                province=province,
                postcode="10300",
                phone="02 555 0199",
                office_code=office,
                duty_groups=[group],
                starts_on=today + timedelta(days=30),
            ),
            person_id=person.id,
            submission_id=f"demo-{tax}-registration",
            at=at,
        )


def _months_back(today: date, months: int) -> date:
    return periods.add_months(today.replace(day=1), -months)


def _moment(day: date, hour: int = 10, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), periods.BANGKOK).astimezone(UTC)


class _Story:
    """One business on its way through the year."""

    def __init__(
        self,
        session: Session,
        tariff: Tariff,
        officers: Officers,
        business: Business,
        chance: random.Random,
    ) -> None:
        self.session, self.tariff, self.officers = session, tariff, officers
        self.business, self.chance = business, chance
        self.number, self.person_id, self.product_id = "", 0, 0

    def settle_in(self, first_month: date) -> None:
        """Sign up, register, lodge a guarantee, enter the product and its price."""
        before = first_month - timedelta(days=20)
        person = Person(
            name=f"ผู้แทน {self.business.facts['name']}",
            email=self.business.owner_email,
            created_at=_moment(before),
        )
        self.session.add(person)
        self.session.flush()  # everything below is this person's
        self.person_id = person.id
        registration = self._register(first_month, before)
        self.number = registration.number or ""
        if not self.business.is_service:
            self._lodge_guarantee(registration, first_month, before)
        self._enter_product(registration, first_month, before)

    def _register(self, first_month: date, on: date) -> Registration:
        facts = self.business.facts
        registration = apply(
            self.session,
            Application(
                tax_id=self.business.tax_id,
                taxpayer_name=facts["name"],
                establishment_type=EstablishmentType(facts["type"]),
                name=f"{facts['name']} สถานประกอบการ 1",
                address=f"{self.chance.randint(1, 399)} หมู่ {self.chance.randint(1, 12)}",
                province=facts["province"],
                postcode=f"{self.chance.randint(10, 96)}000",
                phone=f"02 555 {self.chance.randint(1000, 9999)}",
                office_code=facts["office"],
                duty_groups=[facts["group"]],
                starts_on=first_month,
            ),
            person_id=self.person_id,
            submission_id=self._key("registration"),
            at=_moment(on),
        )
        return approve(
            self.session,
            reference=registration.reference,
            officer_id=self.officers.registrar,
            at=_moment(on + timedelta(days=3)),
        )

    def _lodge_guarantee(self, registration: Registration, first_month: date, on: date) -> None:
        record_guarantee(
            self.session,
            registration=registration,
            document_number=f"LG-{registration.id:05d}",
            amount_satang=50_000_000,
            valid_from=first_month,
            valid_until=periods.add_months(first_month, 36),
            officer_id=self.officers.registrar,
            at=_moment(on + timedelta(days=4)),
        )

    def _enter_product(self, registration: Registration, first_month: date, on: date) -> None:
        facts = self.business.facts
        product = add_product(
            self.session,
            ProductDetails(
                item=facts["item"],
                name=facts["product"],
                unit=facts["unit"],
                gtin=self.business.gtin,
                measures={k: Decimal(v) for k, v in facts.get("measures", {}).items()},
            ),
            tariff=self.tariff,
            registration_id=registration.id,
            person_id=self.person_id,
            submission_id=self._key("product"),
            at=_moment(on + timedelta(days=5)),
        )
        self.product_id = product.id
        if "price" in facts:
            notify_price(
                self.session,
                tariff=self.tariff,
                product_id=product.id,
                retail_incl_vat_satang=satang(Decimal(facts["price"])),
                effective_from=first_month,
                person_id=self.person_id,
                submission_id=self._key("price"),
                at=_moment(on + timedelta(days=5), 11),
            )

    def live_through(self, month: date, today: date) -> None:
        """File the month: mostly in time, sometimes late, nil, or not at all; mostly pay."""
        mood = self.chance.random()
        quantity = self._quantity()
        delay = self.chance.randint(3, 12) if mood > 0.08 else self.chance.randint(20, 50)
        filed_on = periods.add_months(month, 1) + timedelta(days=delay)
        if filed_on >= today or (mood > 0.97 and month > periods.add_months(today, -4)):
            return
        is_nil = 0.08 < mood < 0.13
        at = _moment(filed_on, self.chance.randint(8, 16), self.chance.randint(0, 59))
        tax_return = self._file(month, None if is_nil else quantity, at)
        bill = self.session.scalar(
            sa.select(Bill).where(Bill.cause == f"return:{tax_return.reference}")
        )
        if bill is not None and (paid := self._payment(bill, at, today)):
            receive(self.session, paid, actor="demo", at=paid.paid_at + timedelta(hours=1))

    def _quantity(self) -> Decimal:
        share = Decimal(self.chance.randint(70, 130)) / 100
        return max(Decimal(1), (Decimal(self.business.facts["units"]) * share).to_integral_value())

    def _file(self, month: date, quantity: Decimal | None, at: datetime) -> Return:
        draft = start_return(
            self.session,
            tariff=self.tariff,
            registration_number=self.number,
            basis=Basis.MONTH,
            day=month,
            person_id=self.person_id,
            submission_id=self._key(f"return-{month}"),
            at=at - timedelta(minutes=20),
        )
        self.session.flush()
        if quantity is not None:
            service = self.business.is_service
            set_line(
                self.session,
                LineEntry(
                    product_id=self.product_id,
                    tax_point_on=month + timedelta(days=self.chance.randint(0, 27)),
                    quantity=Decimal(1) if service else quantity,
                    receipts_satang=satang(quantity) if service else None,
                    measures={},
                ),
                tariff=self.tariff,
                draft_reference=draft.draft_reference,
                person_id=self.person_id,
                position=None,
                at=at - timedelta(minutes=10),
            )
        finish_lines(
            self.session,
            draft_reference=draft.draft_reference,
            person_id=self.person_id,
            at=at - timedelta(minutes=5),
        )
        self.session.flush()
        tax = work_out_draft(self.tariff, draft, on=periods.local_date(at))
        return file_return(
            self.session,
            tariff=self.tariff,
            draft_reference=draft.draft_reference,
            person_id=self.person_id,
            agreed_satang=tax.total_satang,
            origin="demo",
            at=at,
        )

    def _payment(self, bill: Bill, at: datetime, today: date) -> BankMessage | None:
        """Most pay a few days later; some not yet; now and then the amount is wrong."""
        mood = self.chance.random()
        days = min(self.chance.randint(0, 3), (bill.due_on - periods.local_date(at)).days)
        paid_at = at + timedelta(days=days, hours=2)
        if mood > 0.95 or periods.local_date(paid_at) >= today:
            return None
        short = 100 if mood > 0.93 and bill.amount_satang > 100 else 0
        return BankMessage(
            bank_code=self.chance.choice(["KTB", "BBL", "KBANK", "SCB"]),
            transaction_id=f"T{bill.ref1}",
            paid_at=paid_at,
            amount_satang=bill.amount_satang - short,
            ref1=bill.ref1,
            ref2=bill.ref2,
            channel=self.chance.choice(["PromptPay", "Mobile", "Counter"]),
        )

    def _key(self, what: str) -> str:
        return f"demo-{self.business.facts['tax']}-{what}"
