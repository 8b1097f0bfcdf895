"""What an amendment changes of the charges that stand: values in, values out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from excise.arrears.rules import (
    LateCase,
    LateTotal,
    late_total,
    penalty_multiple,
    remaining_pct_voluntary,
)
from excise.tariff.rules import Additions
from excise.tariff.schema import Tariff


@dataclass(frozen=True, kw_only=True)
class Lateness:
    """The part of the tax that was charged late, and what that cost, in satang.

    `was_filed` says that a return had been in: then what is late is a shortfall.
    `local_before_satang` is the local tax of what had been charged before.
    """

    tax_satang: int
    due: date
    paid: date
    was_filed: bool
    penalty_satang: int
    surcharge_satang: int
    local_satang: int
    local_before_satang: int = 0


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a version of a return charges with all before it, in satang.

    `local_satang` is the local tax as if nothing had been late.
    """

    excise_satang: int
    local_satang: int
    funds_satang: Mapping[str, int]
    lateness: Lateness | None

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "Standing":
        """Read it from the original of the version."""
        tax, change = content["tax"], content.get("change")
        steps = {step["name"]: step for step in tax["additions"]["steps"]}
        lateness = None
        if change and change["lateness"]:
            lateness = _lateness(change["lateness"])
        elif tax["arrears"]:
            facts = tax["arrears"]["facts"]
            told = {"due": facts["due"], "paid": facts["paid"], "was_filed": False}
            names = ("penalty_satang", "surcharge_satang", "local_satang")
            parts = {name: tax[name] for name in names}
            lateness = _lateness({"tax_satang": tax["excise_satang"], **told, **parts})
        return cls(
            excise_satang=tax["excise_satang"],
            local_satang=steps["local_tax"]["satang"],
            funds_satang=tax["funds_satang"],
            lateness=lateness,
        )


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is added to the charges that stand, or taken off them, in satang.

    `late` is the working of penalty and surcharge on what is added.
    """

    excise_satang: int
    penalty_satang: int
    surcharge_satang: int
    local_satang: int
    funds_satang: dict[str, int]
    lateness: Lateness | None
    late: LateTotal | None

    @property
    def total_satang(self) -> int:
        """All parts together; below zero it is owed to the taxpayer."""
        return sum(self.parts())

    @property
    def is_nothing(self) -> bool:
        """Tell whether every charge stays as it is."""
        return not any(self.parts())

    @property
    def has_less(self) -> bool:
        """Tell whether something is taken off."""
        return any(part < 0 for part in self.parts())

    def parts(self) -> Iterator[int]:
        """Yield every part."""
        yield from (self.excise_satang, self.penalty_satang, self.surcharge_satang)
        yield from (self.local_satang, *self.funds_satang.values())

    def to_json(self) -> dict[str, Any]:
        """Return what is kept with the filed original."""
        told = vars(self.lateness) if self.lateness else None
        if told:
            told = told | {"due": told["due"].isoformat(), "paid": told["paid"].isoformat()}
        return {
            "excise_satang": self.excise_satang,
            "penalty_satang": self.penalty_satang,
            "surcharge_satang": self.surcharge_satang,
            "local_satang": self.local_satang,
            "funds_satang": dict(self.funds_satang),
            "total_satang": self.total_satang,
            "lateness": told,
            "late": self.late.trace.to_json() if self.late else None,
        }


def change_of(
    tariff: Tariff, old: Standing, new: Additions, *, due_on: date, filed_on: date
) -> Change:
    """Return what changes when a return is amended on a day.

    What is added after the due date was short: penalty of s. 140 with the relief for who comes
    unasked, surcharge of s. 141 and local tax of s. 150 on it. What is taken off takes penalty
    and surcharge along as far as the version before was charged late for it. Rounded as
    `late_total` and `additions` round.
    """
    added = new.net_excise_satang - old.excise_satang
    late, lateness = None, None
    penalty = surcharge = 0
    local = new.local_satang - old.local_satang
    if added > 0 and filed_on > due_on:
        late = _late(tariff, added, due_on, filed_on, was_filed=True)
        penalty, surcharge, local = late.penalty_satang, late.surcharge_satang, late.local_satang
        lateness = _as_lateness(late, added, due_on, filed_on, old.local_satang)
    elif added < 0 and old.lateness:
        penalty, surcharge, local = _taken_off(tariff, old.lateness, added, new.local_satang)
        lateness = _left(tariff, old.lateness, added)
    codes = [
        *new.funds_satang,
        *(code for code in old.funds_satang if code not in new.funds_satang),
    ]
    return Change(
        excise_satang=added,
        penalty_satang=penalty,
        surcharge_satang=surcharge,
        local_satang=local,
        funds_satang={
            code: new.funds_satang.get(code, 0) - old.funds_satang.get(code, 0) for code in codes
        },
        lateness=lateness,
        late=late,
    )


def _taken_off(
    tariff: Tariff, was: Lateness, added: int, local_satang: int
) -> tuple[int, int, int]:
    left = _left(tariff, was, added)
    if left:
        return (
            left.penalty_satang - was.penalty_satang,
            left.surcharge_satang - was.surcharge_satang,
            left.local_satang - was.local_satang,
        )
    beyond = local_satang - was.local_before_satang  # of what had been charged before
    return -was.penalty_satang, -was.surcharge_satang, beyond - was.local_satang


def _left(tariff: Tariff, was: Lateness, added: int) -> Lateness | None:
    """Return what remains late when so much is taken off, the latest first."""
    remains = was.tax_satang + added
    if remains <= 0:
        return None
    late = _late(tariff, remains, was.due, was.paid, was_filed=was.was_filed)
    before = was.local_before_satang
    return _as_lateness(late, remains, was.due, was.paid, before, was_filed=was.was_filed)


def _late(tariff: Tariff, tax_satang: int, due: date, paid: date, *, was_filed: bool) -> LateTotal:
    case = LateCase(
        tax_satang=tax_satang,
        due=due,
        paid=paid,
        penalty_multiple=penalty_multiple(tariff, filed=was_filed, on=due),
        penalty_remaining_pct=remaining_pct_voluntary(tariff, due=due, paid=paid),
    )
    return late_total(tariff, case)


def _as_lateness(
    late: LateTotal,
    tax_satang: int,
    due: date,
    paid: date,
    local_before_satang: int,
    *,
    was_filed: bool = True,
) -> Lateness:
    return Lateness(
        tax_satang=tax_satang,
        due=due,
        paid=paid,
        was_filed=was_filed,
        penalty_satang=late.penalty_satang,
        surcharge_satang=late.surcharge_satang,
        local_satang=late.local_satang,
        local_before_satang=local_before_satang,
    )


def _lateness(told: Mapping[str, Any]) -> Lateness:
    days = {name: date.fromisoformat(told[name]) for name in ("due", "paid")}
    return Lateness(**{**told, **days})
