"""What a whole return owes, and what its receipt will say."""

from collections.abc import Sequence
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
from excise.tariff.entries import Confidence
from excise.tariff.rules import Additions, Line, LineTax, additions, calculate_line, weakest
from excise.tariff.schema import Tariff


@dataclass(frozen=True, kw_only=True)
class ReturnTax:
    """A return worked out, in satang, each figure with its trace.

    `arrears` is there only when the return is filed late.
    """

    lines: list[LineTax]
    additions: Additions
    arrears: LateTotal | None
    local_satang: int
    total_satang: int
    confidence: Confidence

    @property
    def penalty_satang(self) -> int:
        """Penalty for filing late, after relief (s. 140)."""
        return self.arrears.penalty_satang if self.arrears else 0

    @property
    def surcharge_satang(self) -> int:
        """Surcharge up to the day of filing (s. 141)."""
        return self.arrears.surcharge_satang if self.arrears else 0

    def to_json(self) -> dict[str, Any]:
        """Return every figure and trace, to be kept with the filed original."""
        return {
            "excise_satang": self.additions.net_excise_satang,
            "local_satang": self.local_satang,
            "funds_satang": dict(self.additions.funds_satang),
            "penalty_satang": self.penalty_satang,
            "surcharge_satang": self.surcharge_satang,
            "total_satang": self.total_satang,
            "confidence": self.confidence,
            "lines": [line.trace.to_json() for line in self.lines],
            "additions": self.additions.trace.to_json(),
            "arrears": self.arrears.trace.to_json() if self.arrears else None,
        }


def work_out(tariff: Tariff, lines: Sequence[Line], *, due_on: date, filed_on: date) -> ReturnTax:
    """Work out a return filed on a day: lines, local tax, funds, and arrears when late.

    Local tax on a late return is on tax, penalty and surcharge together
    (an assumed base, see the tariff's own note). Raises what `calculate_line` raises.
    """
    taxes = [calculate_line(tariff, line) for line in lines]
    added = additions(tariff, taxes)
    return put_together(taxes, added, late(tariff, added, due_on=due_on, filed_on=filed_on))


def late(tariff: Tariff, added: Additions, *, due_on: date, filed_on: date) -> LateTotal | None:
    """Work out penalty and surcharge on a return that is filed on a day; None when in time."""
    if filed_on <= due_on or not added.net_excise_satang:
        return None
    return late_total(tariff, _late_case(tariff, added.net_excise_satang, due_on, filed_on))


def put_together(taxes: list[LineTax], added: Additions, arrears: LateTotal | None) -> ReturnTax:
    """Add up the lines, what is added to them and, when late, the arrears."""
    local = arrears.local_satang if arrears else added.local_satang
    extra = arrears.penalty_satang + arrears.surcharge_satang if arrears else 0
    funds = sum(added.funds_satang.values())
    return ReturnTax(
        lines=taxes,
        additions=added,
        arrears=arrears,
        local_satang=local,
        total_satang=added.net_excise_satang + extra + local + funds,
        confidence=weakest([added.confidence, *([arrears.confidence] if arrears else [])]),
    )


def _late_case(tariff: Tariff, tax_satang: int, due: date, paid: date) -> LateCase:
    """Not filed in time, but filed unasked: the full multiple, with the relief for that."""
    return LateCase(
        tax_satang=tax_satang,
        due=due,
        paid=paid,
        penalty_multiple=penalty_multiple(tariff, filed=False, on=due),
        penalty_remaining_pct=remaining_pct_voluntary(tariff, due=due, paid=paid),
    )
