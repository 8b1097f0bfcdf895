"""Questions of the time machine: which returns, and what came of a trial."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from excise.config import Settings
from excise.documents.models import Document, Original
from excise.documents.store import Store
from excise.products.models import Product
from excise.recalculation.again import line_of
from excise.returns.amending import is_in_force
from excise.returns.lines import lines_of
from excise.returns.models import Return, ReturnLine, ReturnState
from excise.tariff.queries import tariff_of
from excise.tariff.rules import Line
from excise.trials.rules import Charged, Filed, Trial


def trial(session: Session, settings: Settings, key: str) -> Trial | None:
    """Return what came of a trial, or None as long as it is not done."""
    query = sa.select(Document.sha256).where(Document.number == f"trial:{key}")
    if (sha256 := session.scalar(query)) is None:
        return None
    return Trial.from_json(json.loads(Store(settings.documents).get(sha256)))


def filed_ids(session: Session, *, since: date, until: date) -> Sequence[int]:
    """Return the returns filed for the months from `since` to `until`; the last version of each."""
    query = (
        sa.select(Return.id)
        .where(Return.state == ReturnState.FILED, Return.period.between(since, until))
        .where(is_in_force())
        .order_by(Return.id)
    )
    return session.scalars(query).all()


def filed_returns(session: Session, ids: Sequence[int]) -> Iterator[Filed]:
    """Yield returns with what their originals charged, and their lines as they were filed."""
    lines = selectinload(Return.lines).joinedload(ReturnLine.product)
    query = (
        sa.select(Return, Original.content)
        .join(Original, Original.sha256 == Return.original_sha256)
        .where(Return.id.in_(ids))
        .options(lines.selectinload(Product.prices))
        .order_by(Return.id)
    )
    for one, content in session.execute(query):
        taxpayer, original = one.registration.taxpayer, json.loads(content)
        yield Filed(
            reference=one.reference or "",
            tax_id=taxpayer.tax_id,
            name=taxpayer.name_th,
            charged=charged_in(original),
            lines=_lines_filed(session, one, original),
        )


def _lines_filed(session: Session, one: Return, original: Mapping[str, Any]) -> list[Line]:
    """Return the lines with the price and the measures of the original, whatever changed since.

    What the tariff did not ask for when it was filed is taken from the product.
    """
    filed = [
        line_of(tariff_of(session, trace["digest"]), trace) for trace in original["tax"]["lines"]
    ]
    return [_as_filed(line, now) for line, now in zip(filed, lines_of(one.lines), strict=True)]


def _as_filed(line: Line, now: Line) -> Line:
    measures = {**now.measures, **line.measures}
    if line.srp_ex_vat_satang is None and line.retail_price_incl_vat_satang is None:
        return replace(now, item=line.item, measures=measures)
    return replace(line, measures=measures)


def charged_in(original: Mapping[str, Any]) -> Charged:
    """Read what an original charged: local tax as without arrears, so that like is compared."""
    tax = original["tax"]
    excise: dict[str, int] = {}
    for line, trace in zip(original["lines"], tax["lines"], strict=True):
        satang = next(step["satang"] for step in trace["steps"] if step["name"] == "excise")
        excise[line["item"]] = excise.get(line["item"], 0) + satang
    steps = {step["name"]: step["satang"] for step in tax["additions"]["steps"]}
    return Charged(excise, steps["local_tax"], tax["funds_satang"])
