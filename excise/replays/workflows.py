"""Replay a setting, a month at a time, without holding anything."""

import json
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from excise import work
from excise.documents.issue import enter
from excise.documents.store import Store
from excise.matching.actions import potential_tax
from excise.matching.declared import Snapshot, snapshot
from excise.matching.engine import Judged, judge
from excise.matching.rules import RULES, Tolerance
from excise.matching.tolerances import tolerances_on
from excise.periods import add_months, local_date
from excise.products.models import Product
from excise.replays.queries import ended_of
from excise.replays.rules import Changed, Month, Replay, Tally
from excise.tariff.queries import tariff_in_force
from excise.tuning.actions import note_replay

SHOWN = 200  # of what changes, the most tax at stake


@work.workflow("replays.run")
def run(
    key: str, number: int, rule: str, share_bp: int, least: int, since: str, until: str, at: str
) -> None:
    """Judge past months and ended cases by both tolerances; write the result and nothing else."""
    made = work.outside(_replay, rule, share_bp, least, since, until, at)
    work.transact(_enter, key, number, made, at)


def _replay(
    rule: str, share_bp: int, least: int, since: str, until: str, at: str
) -> dict[str, str]:
    first, last = date.fromisoformat(since), date.fromisoformat(until)
    moment = datetime.fromisoformat(at)
    after = Tolerance(first, share_bp, least, "", "")
    months = list(_months(first, last))
    seen: list[tuple[Month, list[Changed]]] = []
    for done, period in enumerate(months):
        work.tell_progress(done, len(months))
        seen.append(_month(rule, period, after, local_date(moment)))
    work.tell_progress(len(months), len(months))
    tally = _ended(rule, months, after)
    before, found = tally.sides()
    made = Replay(
        rule=rule,
        since=first,
        until=last,
        at=moment,
        share_bp=share_bp,
        least=least,
        before=before,
        after=found,
        months=[month for month, _ in seen],
        cases=_largest(tally.cases),
        changed=_largest([each for _, changed in seen for each in changed]),
    )
    content = json.dumps(made.to_json(), ensure_ascii=False, sort_keys=True).encode()
    sha256 = Store(work.settings().documents).put(content)
    return {"sha256": sha256, "size_bytes": str(len(content)), "made_at": at}


def _months(first: date, last: date) -> list[date]:
    found = [first]
    while found[-1] < last:
        found.append(add_months(found[-1], 1))
    return found


def _ended(rule: str, months: list[date], after: Tolerance) -> Tally:
    """Hold what has ended against what is in force in the last month, and the draft."""
    with work.database().reading() as session:
        tally = Tally(tolerances_on(session, months[-1])[rule], after)
        for ended in ended_of(session, rule, since=months[0], until=months[-1]):
            tally.add(ended)
    return tally


def _month(rule: str, period: date, after: Tolerance, today: date) -> tuple[Month, list[Changed]]:
    with work.database().reading() as session:
        tariff = tariff_in_force(session)
        taken = snapshot(session, tariff, period=period, today=today)
        were, are = (
            _differences(taken, rule, tolerance) for tolerance in (taken.tolerances[rule], after)
        )
        satang = {
            key: potential_tax(tariff, _product(session, each), each) or 0
            for key, each in (were | are).items()
        }
    changed = [
        Changed(
            subject=each.tax_id,
            name=each.product_code,
            period=period,
            difference=each.difference,
            potential_satang=satang[key],
            appears=key in are,
        )
        for key, each in (were | are).items()
        if (key in are) != (key in were)
    ]
    month = Month(
        period=period,
        found_before=len(were),
        found_after=len(are),
        satang_before=sum(satang[key] for key in were),
        satang_after=sum(satang[key] for key in are),
    )
    return month, _largest(changed)


def _differences(taken: Snapshot, rule: str, tolerance: Tolerance) -> dict[tuple[str, str], Judged]:
    tolerances = taken.tolerances | {rule: tolerance}
    judged = judge(work.settings(), replace(taken, tolerances=tolerances), rules=[RULES[rule]])
    return {(each.tax_id, each.product_code): each for each in judged if each.is_difference}


def _product(session: Session, each: Judged) -> Product | None:
    return session.get(Product, each.product_id) if each.product_id else None


def _largest(found: list[Changed]) -> list[Changed]:
    return sorted(found, key=lambda each: (-each.potential_satang, each.subject))[:SHOWN]


def _enter(session: Session, key: str, number: int, made: dict[str, Any], at: str) -> None:
    enter(session, f"replay:{key}", "replay", made)
    note_replay(session, number=number, key=key, at=datetime.fromisoformat(at))
