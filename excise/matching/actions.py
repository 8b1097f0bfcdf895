"""Write down what a run found, and bring the discrepancies up to it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit
from excise.cases.actions import take_note
from excise.cases.rules import Found
from excise.config import Settings
from excise.db import Database, lock
from excise.errors import Invalid
from excise.matching.declared import snapshot
from excise.matching.engine import Judged, judge
from excise.matching.models import Finding, Run
from excise.matching.rules import digest, rules_of
from excise.matching.tolerances import as_kept
from excise.money import MAX_SATANG
from excise.periods import TaxMonth, local_date
from excise.products.models import Product
from excise.products.queries import line_of
from excise.returns.models import QUANTITY_PLACES
from excise.tariff.rules import calculate_line
from excise.tariff.schema import Tariff

ATTEMPTS = 5  # while many file, a run of everybody is overtaken again and again


@dataclass(frozen=True)
class Comparison:
    """What the rules say of a month, whose tax IDs are ours, and the last run kept before.

    `tolerances` is what they used, as a run keeps it.
    """

    judged: list[Judged]
    taxpayers: dict[str, int]
    after_run: int
    tolerances: dict[str, Any]


def compare_month(
    settings: Settings,
    database: Database,
    tariff: Tariff,
    *,
    period: date,
    tax_id: str | None,
    at: datetime,
) -> Comparison:
    """Run the rules over a month without holding any lock."""
    with database.reading() as session:
        today, after_run = local_date(at), session.scalar(sa.select(sa.func.max(Run.id))) or 0
        taken = snapshot(session, tariff, period=period, today=today, tax_id=tax_id)
    judged = judge(settings, taken, tax_id=tax_id, rules=rules_of(tax_id))
    return Comparison(judged, taken.taxpayers, after_run, as_kept(taken.tolerances))


def keep(
    session: Session,
    tariff: Tariff,
    compared: Comparison,
    *,
    period: date,
    tax_id: str | None,
    cause: str,
    at: datetime,
    even_if_overtaken: bool = False,
) -> Run | None:
    """Keep a run and its findings for ever, then open, update and close discrepancies.

    None when another run of the same was kept since this one began to compare: it may
    know of a return or a delivery that this one has not seen, so compare again.
    """
    lock(session, f"matching:{period}")
    if not even_if_overtaken and _is_overtaken(session, compared, period, tax_id):
        return None
    judged, taxpayers = compared.judged, compared.taxpayers
    run = Run(
        period=period,
        tax_id=tax_id,
        cause=cause,
        ran_at=at,
        rules_sha256=digest(),
        tolerances=compared.tolerances,
        counts=dict(Counter(f"{each.rule.id}:{each.outcome.value}" for each in judged)),
    )
    session.add(run)
    session.flush()  # the findings point at it
    if judged:
        session.execute(sa.insert(Finding), [_row(each, run.id) for each in judged])
    known = [each for each in judged if each.tax_id in taxpayers]
    take_note(
        session,
        list(_found(session, tariff, known, taxpayers)),
        rules={rule.id for rule in rules_of(tax_id)},
        unknown={_key(each, taxpayers) for each in known if not each.is_comparable},
        run_id=run.id,
        period=period,
        taxpayer_id=taxpayers.get(tax_id, 0) if tax_id else None,
        at=at,
    )
    audit.record(
        session,
        actor="system",
        act="matching.run",
        subject=f"period:{TaxMonth.of(period)}",
        at=at,
        run=run.id,
        cause=cause,
        counts=run.counts,
    )
    return run


def _is_overtaken(session: Session, compared: Comparison, period: date, tax_id: str | None) -> bool:
    newer = sa.select(Run.id).where(Run.period == period, Run.id > compared.after_run)
    if tax_id is not None:
        newer = newer.where(sa.or_(Run.tax_id.is_(None), Run.tax_id == tax_id))
    return session.scalar(newer.limit(1)) is not None


def _row(each: Judged, run_id: int) -> dict[str, object]:
    told = {name: value for name, value in vars(each).items() if name != "rule"}
    return told | {"run_id": run_id, "rule": each.rule.id, "measure": each.rule.measure}


def _key(each: Judged, taxpayers: dict[str, int]) -> tuple[str, int, str]:
    return each.rule.id, taxpayers[each.tax_id], each.product_code


def _found(
    session: Session, tariff: Tariff, judged: Iterable[Judged], taxpayers: dict[str, int]
) -> Iterable[Found]:
    for each in judged:
        if each.is_difference and each.registration_id is not None:
            product = session.get(Product, each.product_id) if each.product_id else None
            yield Found(
                rule=each.rule.id,
                taxpayer_id=taxpayers[each.tax_id],
                registration_id=each.registration_id,
                product_id=each.product_id,
                product_code=each.product_code,
                period=each.period,
                measure=each.rule.measure,
                outcome=each.outcome.value,
                declared=each.declared,
                evidence=each.evidence,
                difference=each.difference,
                tolerance=each.tolerance,
                potential_satang=potential_tax(tariff, product, each),
            )


def potential_tax(tariff: Tariff, product: Product | None, each: Judged) -> int | None:
    """Work out the excise on a difference, in satang, as of the month's last day.

    None when the difference does not tell it: by the rule, because there is no single
    product or a figure of it is missing, or because it is more than money can be.
    """
    if product is None or not each.rule.tells_tax:
        return None
    is_money = each.rule.measure == "satang"
    units = Decimal(1) if is_money else Decimal(each.difference).scaleb(-QUANTITY_PLACES)
    try:
        line = line_of(
            product,
            tax_point_on=TaxMonth.of(each.period).last,
            quantity=units,
            receipts_satang=each.difference if is_money else None,
        )
        tax_satang = calculate_line(tariff, line).excise_satang
    except Invalid:
        return None
    return tax_satang if tax_satang < MAX_SATANG else None


def run_now(
    settings: Settings,
    database: Database,
    tariff: Tariff,
    *,
    period: date,
    tax_id: str | None = None,
    cause: str,
    at: datetime,
) -> int:
    """Compare a month and keep the result, here and now; returns the run's id."""
    of: dict[str, Any] = {"period": period, "tax_id": tax_id, "at": at}
    for attempt in range(1, ATTEMPTS + 1):
        compared = compare_month(settings, database, tariff, **of)
        last = attempt == ATTEMPTS
        with database.transaction() as session:
            if run := keep(session, tariff, compared, cause=cause, even_if_overtaken=last, **of):
                return run.id
    raise AssertionError("the last attempt is kept in any case")
