"""The same soft drinks of one month, through our two engines and through others.

All work out value tax, quantity tax by sugar, excise, local tax and the total of each line. The
others were written by hand for this one item; ours read the tariff and check each line.
Needs numpy, numba and openfisca-core (the extra `bench`).
"""

from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numba
import numpy as np
import polars as pl
from openfisca_core import entities, periods, taxbenefitsystems
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.variables import Variable

from benchmarks.timing import side_by_side
from excise.tariff.bulk import Bulk
from excise.tariff.rules import Line, calculate_line
from excise.tariff.schema import first_edition

LINES, FEW, ROUNDS = 1_000_000, 20_000, 5
MONTH, DAY = "2026-10", date(2026, 10, 15)
EDGES, RATES = (6, 8, 10, 14), (0, 1, 3, 5, 5)  # grams in 100 ml; baht a litre
PCT = 14
Table = dict[str, Any]


def ratios() -> list[str]:
    """Compare lines a second; the peer is openfisca-core."""
    lines = _lines(LINES)
    few = {name: column[:FEW].tolist() for name, column in lines.items()}
    bulk, frame, system = Bulk(first_edition()), _frame(lines), _system()
    reference = _numpy(lines)
    acts: dict[str, Callable[[], Any]] = {
        "openfisca-core": lambda: _openfisca(system, lines),
        "numpy int64": lambda: _numpy(lines),
        "numba int64": lambda: _numba(*lines.values()),
        "polars, by hand": lambda: _polars(frame),
        "ours, bulk": lambda: bulk.taxes(frame),
    }
    _numba(*lines.values())
    _exact(bulk, frame, reference)
    wrong = int((np.asarray(acts["openfisca-core"]()) != reference).sum())
    seconds = side_by_side(acts, rounds=ROUNDS)
    slow = {"Decimal": lambda: _decimal(few), "ours, with trace": lambda: _single(few)}
    rate = {name: LINES / each for name, each in seconds.items()}
    rate |= {name: FEW / 10 / each for name, each in side_by_side(slow, rounds=2).items()}
    peer = rate["openfisca-core"]
    return [
        f"{LINES:,} lines of soft drinks, total of each; openfisca-core is wrong on {wrong:,}",
        *(
            f"  {each / peer:7.3f}  {name} ({each / 1e6:.3f} million lines a second)"
            for name, each in sorted(rate.items(), key=lambda pair: -pair[1])
        ),
        f"  {1000 / rate['ours, with trace']:7.3f} ms  a line with its trace",
    ]


def _lines(count: int) -> dict[str, Any]:
    chance = np.random.default_rng(1)
    return {
        "srp": chance.integers(500, 10_000, count),  # satang
        "units": chance.integers(1, 5000, count),
        "litres": chance.integers(1000, 20_000, count),  # ten-thousandths
        "sugar": chance.integers(0, 250_000, count),  # ten-thousandths of a gram
    }


def _frame(lines: Table) -> pl.DataFrame:
    items = pl.Enum([item.id for item in first_edition().items])
    return pl.DataFrame(
        {
            "item": pl.Series(["soft_drink"] * len(lines["srp"])).cast(items),
            "tax_point_date": pl.Series([DAY] * len(lines["srp"])),
            "units": lines["units"] * 10_000,
            "srp_ex_vat": lines["srp"],
            "litres_per_unit": lines["litres"],
            "sugar_g_per_100ml": lines["sugar"],
        }
    )


def _exact(bulk: Bulk, frame: pl.DataFrame, reference: Any) -> None:
    """A fast wrong answer is no answer."""
    assert (bulk.taxes(frame)["total_payable"].to_numpy() == reference).all()
    assert (_polars(frame)["total"].to_numpy() == reference).all()


def _numpy(lines: Table) -> Any:
    value = (lines["srp"] * lines["units"] * PCT + 50) // 100
    place = np.searchsorted(np.array(EDGES) * 10_000, lines["sugar"], side="left")
    quantity = (lines["units"] * lines["litres"] * np.array(RATES)[place] + 50) // 100
    excise = value + quantity
    local = (excise + 5) // 10
    return excise + local


@numba.njit(parallel=True)  # type: ignore[untyped-decorator]
def _numba(srp: Any, units: Any, litres: Any, sugar: Any) -> Any:
    out = np.empty((5, len(srp)), np.int64)
    for n in numba.prange(len(srp)):
        baht = 0
        for place in range(len(EDGES)):
            if sugar[n] > EDGES[place] * 10_000:
                baht = RATES[place + 1]
        out[0, n] = (srp[n] * units[n] * PCT + 50) // 100
        out[1, n] = (units[n] * litres[n] * baht + 50) // 100
        out[2, n] = out[0, n] + out[1, n]
        out[3, n] = (out[2, n] + 5) // 10
        out[4, n] = out[2, n] + out[3, n]
    return out


def _polars(frame: pl.DataFrame) -> pl.DataFrame:
    sugar, baht = pl.col("sugar_g_per_100ml"), pl.lit(RATES[0])
    for edge, rate in zip(EDGES, RATES[1:], strict=True):
        baht = pl.when(sugar > edge * 10_000).then(rate).otherwise(baht)
    units = pl.col("units")
    found = frame.lazy().with_columns(
        value=(pl.col("srp_ex_vat") * units * PCT + 500_000) // 1_000_000,
        quantity=(units * pl.col("litres_per_unit") * baht + 500_000) // 1_000_000,
    )
    found = found.with_columns(excise=pl.col("value") + pl.col("quantity"))
    found = found.with_columns(local=(pl.col("excise") + 5) // 10)
    total = (pl.col("excise") + pl.col("local")).alias("total")
    return found.select("value", "quantity", "excise", "local", total).collect()


def _decimal(lines: Table) -> list[Decimal]:
    satang, totals = Decimal("0.01"), []
    for srp, units, litres, sugar in list(zip(*lines.values(), strict=True))[: FEW // 10]:
        place = sum(sugar > edge * 10_000 for edge in EDGES)
        value = (Decimal(srp) / 100 * units * PCT / 100).quantize(satang, ROUND_HALF_UP)
        quantity = (Decimal(litres) / 10_000 * units * RATES[place]).quantize(satang, ROUND_HALF_UP)
        local = ((value + quantity) / 10).quantize(satang, ROUND_HALF_UP)
        totals.append(value + quantity + local)
    return totals


def _single(lines: Table) -> None:
    for srp, units, litres, sugar in list(zip(*lines.values(), strict=True))[: FEW // 10]:
        measures = {
            "litres_per_unit": Decimal(litres).scaleb(-4),
            "sugar_g_per_100ml": Decimal(sugar).scaleb(-4),
        }
        line = Line(
            item="soft_drink",
            tax_point_date=DAY,
            units=Decimal(units),
            srp_ex_vat_satang=srp,
            measures=measures,
        )
        calculate_line(first_edition(), line)


def _system() -> Any:
    entity = entities.build_entity(key="line", plural="lines", label="a line", is_person=True)
    system = taxbenefitsystems.TaxBenefitSystem([entity])

    def add(name: str, formula: Callable[..., Any] | None = None) -> None:
        facts = {"value_type": float, "entity": entity, "definition_period": periods.MONTH}
        facts |= {"label": name} | ({"formula": formula} if formula else {})
        system.add_variable(type(name, (Variable,), facts))

    for name in ("srp", "units", "litres", "sugar"):
        add(name)
    add("value", lambda line, month: _half_up(line("srp", month) * line("units", month) * PCT))
    add("quantity", _sugar_tax)
    add("excise", lambda line, month: line("value", month) + line("quantity", month))
    add("local", lambda line, month: np.floor(line("excise", month) / 10 + 0.5))
    add("total", lambda line, month: line("excise", month) + line("local", month))
    return system


def _half_up(hundredths: Any) -> Any:
    return np.floor(hundredths / 100 + 0.5)


def _sugar_tax(line: Any, month: Any) -> Any:
    place = np.searchsorted(np.array(EDGES) * 10_000, line("sugar", month), side="left")
    return _half_up(line("units", month) * line("litres", month) * np.array(RATES)[place])


def _openfisca(system: Any, lines: Table) -> Any:
    simulation = SimulationBuilder().build_default_simulation(system, len(lines["srp"]))
    for name, column in lines.items():
        simulation.set_input(name, MONTH, column)
    return simulation.calculate("total", MONTH)
