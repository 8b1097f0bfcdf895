"""What is owed of a bill on a day."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from excise.arrears.accrual import Accrual, Arrear, Heads, accrue
from excise.arrears.rules import months_late
from excise.payments.models import Bill
from excise.payments.rules import heads_of
from excise.receipts.particulars import Particulars
from excise.tariff.queries import tariff_in_force


@dataclass(frozen=True, kw_only=True)
class Owed:
    """The parts that are unpaid, with what is added by the day; the same until `until`."""

    heads: Heads
    until: date
    accrual: Accrual | None = None

    @property
    def total_satang(self) -> int:
        """All that is to be paid."""
        return sum(self.heads.values())


def charged_of(bill: Bill) -> Heads:
    """Return the parts that are charged by now, in satang."""
    parts = Counter(heads_of(Particulars(**bill.particulars)))
    for each in bill.allocations:  # what was added stays, even when the bank took money back
        parts["surcharge"] += each.accrued_surcharge_satang
        parts["local"] += each.accrued_local_satang
    return Heads(+parts)


def left_of(bill: Bill) -> Heads:
    """Return the parts that are charged and neither paid nor given up, in satang."""
    if not bill.is_open:
        return Heads()
    parts = Counter(charged_of(bill))
    for each in bill.standing:
        parts.subtract(each.heads)
    assert all(satang >= 0 for satang in parts.values()), (bill.ref1, parts)
    return Heads(+parts)


def owed_on(session: Session, bill: Bill, *, on: date) -> Owed:
    """Return what a payment of that day would have to be. Law: s. 141."""
    parts = left_of(bill)
    if not parts or on <= bill.due_on or bill.surcharge_from is None:
        return Owed(heads=parts, until=max(bill.due_on, on))
    accrual = accrue(tariff_in_force(session), _arrear(bill, parts), on=on)
    added = Counter(parts)
    added["surcharge"] += accrual.surcharge_satang
    added["local"] += accrual.local_satang
    return Owed(heads=Heads(+added), until=accrual.until, accrual=accrual)


def _arrear(bill: Bill, parts: Heads) -> Arrear:
    assert bill.surcharge_from is not None, "it does not grow"
    charged = charged_of(bill)
    to = bill.surcharge_to or bill.surcharge_from
    months = [months_late(bill.surcharge_from, to), *(each.months for each in bill.allocations)]
    return Arrear(
        tax_satang=Particulars(**bill.particulars).tax_satang,
        unpaid_satang=parts.get("tax", 0),
        surcharge_satang=charged.get("surcharge", 0),
        since=bill.surcharge_from,
        months=max(months),
        payable_to=bill.due_on,
    )


def owed_of(session: Session, bills: Iterable[Bill], *, on: date) -> dict[str, Owed]:
    """Return what is owed of bills on a day, by their first reference."""
    return {bill.ref1: owed_on(session, bill, on=on) for bill in bills}
