"""Write down what a run found, and bring the discrepancies up to it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from excise import audit
from excise.cases.actions import take_note
from excise.cases.queries import open_keys
from excise.cases.rules import Found, Key
from excise.config import Settings
from excise.db import Database, lock
from excise.matching.declared import snapshot
from excise.matching.engine import Judged, judge_all, judged
from excise.matching.findings import write_findings
from excise.matching.models import Run
from excise.matching.rules import digest, rules_of
from excise.matching.stakes import tax_on
from excise.matching.tolerances import as_kept
from excise.matching.verdicts import Verdicts
from excise.periods import TaxMonth, local_date
from excise.products.models import Product
from excise.tariff.schema import Tariff
from excise.taxpayers.queries import ids_by_tax_id

ATTEMPTS = 5  # while many file, a run of everybody is overtaken again and again
_SOME = 1000


@dataclass(frozen=True)
class Comparison:
    """What the rules say of a month, and the last run kept before.

    `tolerances` is what they used, as a run keeps it.
    """

    verdicts: Verdicts
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
    verdicts = Verdicts.begin(settings)
    judge_all(settings, taken, verdicts, tax_id=tax_id, rules=rules_of(tax_id))
    return Comparison(verdicts, after_run, as_kept(taken.tolerances))


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
    verdicts = compared.verdicts
    run = Run(
        period=period,
        tax_id=tax_id,
        cause=cause,
        ran_at=at,
        rules_sha256=digest(),
        tolerances=compared.tolerances,
        counts=verdicts.counts(),
    )
    session.add(run)
    session.flush()  # the findings point at it
    write_findings(session, verdicts, run_id=run.id, period=period)
    taxpayers = ids_by_tax_id(session, tax_id)
    whose = taxpayers.get(tax_id, 0) if tax_id else None
    take_note(
        session,
        _found(session, tariff, verdicts, taxpayers, period),
        rules={rule.id for rule in rules_of(tax_id)},
        unknown=_unknown(verdicts, taxpayers, open_keys(session, period, whose), period),
        run_id=run.id,
        period=period,
        taxpayer_id=whose,
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


def _known(
    verdicts: Verdicts, taxpayers: Mapping[str, int], period: date
) -> Iterator[list[Judged]]:
    """Yield, some at a time, what is worth a look about taxpayers of ours."""
    for rule, rows in verdicts.noteworthy():
        for start in range(0, len(rows), _SOME):
            some = judged(rule, period, rows.slice(start, _SOME))
            yield [each for each in some if each.tax_id in taxpayers]


def _unknown(
    verdicts: Verdicts, taxpayers: Mapping[str, int], standing: set[Key], period: date
) -> set[Key]:
    """Return which of the standing ones could not be compared this time."""
    if not standing:
        return standing
    keys = (
        (each.rule.id, taxpayers[each.tax_id], each.product_code)
        for some in _known(verdicts, taxpayers, period)
        for each in some
        if not each.is_comparable
    )
    return {key for key in keys if key in standing}


def _found(
    session: Session,
    tariff: Tariff,
    verdicts: Verdicts,
    taxpayers: Mapping[str, int],
    period: date,
) -> Iterable[Found]:
    for some in _known(verdicts, taxpayers, period):
        different = [each for each in some if each.is_difference and each.registration_id]
        ids = {each.product_id for each in different}
        named = sa.select(Product).where(Product.id.in_(ids)).options(selectinload(Product.prices))
        products = {product.id: product for product in session.scalars(named)}
        for each in different:
            yield _told(each, taxpayers, tariff, products.get(each.product_id or 0))


def _told(
    each: Judged, taxpayers: Mapping[str, int], tariff: Tariff, product: Product | None
) -> Found:
    assert each.registration_id is not None, "left out before"
    return Found(
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
    """Return the excise on a difference, in satang; None when it does not tell it."""
    worked = tax_on(tariff, product, rule=each.rule, period=each.period, difference=each.difference)
    return worked.excise_satang if worked else None


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
        try:
            with database.transaction() as session:
                run = keep(session, tariff, compared, cause=cause, even_if_overtaken=last, **of)
                if run is not None:
                    return run.id
        finally:
            compared.verdicts.forget()
    raise AssertionError("the last attempt is kept in any case")
