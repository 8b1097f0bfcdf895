"""What filed returns were charged, what an edition would charge, and the difference."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from excise.errors import Invalid
from excise.tariff.entries import Tariff
from excise.tariff.rules import Line, additions, calculate_line


@dataclass(frozen=True)
class Charged:
    """Excise by item, local tax and the funds, in satang; no penalty and no surcharge."""

    excise: Mapping[str, int] = field(default_factory=dict)
    local: int = 0
    funds: Mapping[str, int] = field(default_factory=dict)

    @property
    def excise_total(self) -> int:
        """The excise of all items."""
        return sum(self.excise.values())

    @property
    def total(self) -> int:
        """Everything together."""
        return self.excise_total + self.local + sum(self.funds.values())


@dataclass(frozen=True, kw_only=True)
class Filed:
    """A filed return: whose it is, what its original charged, and its lines to work out again."""

    reference: str
    tax_id: str
    name: str
    charged: Charged
    lines: Sequence[Line]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What was filed and what the edition would charge, in satang."""

    key: str
    name: str = ""
    filed_satang: int = 0
    trial_satang: int = 0

    @property
    def difference_satang(self) -> int:
        """What the edition would bring more; less than nothing when it brings less."""
        return self.trial_satang - self.filed_satang


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A return that the edition cannot work out, with the first line at fault; in no sum."""

    reference: str
    tax_id: str
    position: int
    item: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Trial:
    """An edition tried on the returns of some months.

    `by_charge` has "excise", "local" and the funds by code; their sum is the total. By
    taxpayer everything is added up; an item has only its excise, for what is added is
    rounded once a return.
    """

    edition: int
    digest: str
    since: date
    until: date
    at: datetime
    returns: int
    lines: int
    total: Difference
    by_taxpayer: list[Difference]
    by_item: list[Difference]
    by_charge: list[Difference]
    refused: list[Refused]

    def to_json(self) -> dict[str, Any]:
        """Return what is kept."""
        days = {name: getattr(self, name).isoformat() for name in ("since", "until", "at")}
        return asdict(self) | days

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Trial:
        """Read what was kept."""
        lists = {
            name: [Difference(**each) for each in kept[name]]
            for name in ("by_taxpayer", "by_item", "by_charge")
        }
        found = {
            "since": date.fromisoformat(kept["since"]),
            "until": date.fromisoformat(kept["until"]),
            "at": datetime.fromisoformat(kept["at"]),
            "total": Difference(**kept["total"]),
            "refused": [Refused(**each) for each in kept["refused"]],
        }
        return cls(**{**kept, **lists, **found})


def charged_by(tariff: Tariff, lines: Sequence[Line]) -> Charged:
    """Work out lines as one return; raises Invalid, with the number of the line in `position`.

    >>> from excise.tariff.schema import first_edition
    >>> charged_by(first_edition(), []).total
    0
    """
    excise: dict[str, int] = defaultdict(int)
    worked = []
    for position, line in enumerate(lines, start=1):
        try:
            tax = calculate_line(tariff, line)
        except Invalid as error:
            raise Invalid(error.reason, **error.facts | {"position": position}) from error
        worked.append(tax)
        excise[line.item] += tax.excise_satang
    added = additions(tariff, worked)
    return Charged(dict(excise), added.local_satang, added.funds_satang)


class Tally:
    """Adds returns up, one after the other; its size grows with taxpayers, not with returns."""

    def __init__(self, tariff: Tariff) -> None:
        """Try this edition."""
        self.tariff = tariff
        self.returns = self.lines = 0
        self.refused: list[Refused] = []
        self._names: dict[str, str] = {}
        self._sums: dict[str, dict[str, list[int]]] = {
            name: defaultdict(lambda: [0, 0]) for name in ("taxpayer", "item", "charge", "total")
        }

    def add(self, filed: Filed) -> None:
        """Work a filed return out again and add both sides up."""
        try:
            trial = charged_by(self.tariff, filed.lines)
        except Invalid as error:
            self.refused.append(_refused(filed, error))
            return
        self.returns += 1
        self.lines += len(filed.lines)
        self._names[filed.tax_id] = filed.name
        for side, charged in enumerate((filed.charged, trial)):
            self._sums["total"][""][side] += charged.total
            self._sums["taxpayer"][filed.tax_id][side] += charged.total
            for item, satang in charged.excise.items():
                self._sums["item"][item][side] += satang
            for name, satang in _parts(charged).items():
                self._sums["charge"][name][side] += satang

    def trial(self, *, edition: int, since: date, until: date, at: datetime) -> Trial:
        """Return the sums, the largest difference first."""
        total = self._sums["total"][""]
        return Trial(
            edition=edition,
            digest=self.tariff.digest,
            since=since,
            until=until,
            at=at,
            returns=self.returns,
            lines=self.lines,
            total=Difference(key="total", filed_satang=total[0], trial_satang=total[1]),
            by_taxpayer=self._differences("taxpayer"),
            by_item=self._differences("item"),
            by_charge=self._differences("charge"),
            refused=self.refused,
        )

    def _differences(self, kind: str) -> list[Difference]:
        found = [
            Difference(
                key=key, name=self._names.get(key, ""), filed_satang=filed, trial_satang=trial
            )
            for key, (filed, trial) in self._sums[kind].items()
        ]
        return sorted(found, key=lambda each: (-abs(each.difference_satang), each.key))


def _parts(charged: Charged) -> dict[str, int]:
    return {"excise": charged.excise_total, "local": charged.local, **charged.funds}


def _refused(filed: Filed, error: Invalid) -> Refused:
    position = int(str(error.facts["position"])) if "position" in error.facts else 1
    item = filed.lines[position - 1].item if filed.lines else ""
    return Refused(
        reference=filed.reference,
        tax_id=filed.tax_id,
        position=position,
        item=item,
        reason=error.reason,
    )
