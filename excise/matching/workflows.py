"""Match after a delivery was read or a return was filed."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from excise import work
from excise.evidence.queries import delivered_by_layout
from excise.matching.actions import ATTEMPTS, Comparison, compare_month, keep
from excise.matching.verdicts import Verdicts, forget_abandoned
from excise.periods import add_months, local_date
from excise.tariff.queries import tariff_in_force

NIGHTLY_MONTHS = 3


@work.workflow("matching.run")
def run(period: str, tax_id: str | None, cause: str, at: str) -> None:
    """Compare a month, of everybody or of one taxpayer, and keep what was found once.

    It is of the moment it begins: others than who asked first may wait for the same.
    """
    at = work.transact(_begin, period if tax_id is None else f"{period}:{tax_id}")
    for attempt in range(1, ATTEMPTS + 1):
        told = work.outside(_compare, period, tax_id, at)
        if not told["is_worth_keeping"]:
            return
        is_kept = work.transact(_keep, told, period, tax_id, cause, at, attempt == ATTEMPTS)
        work.outside(_forget, told["verdicts"])
        if is_kept:
            return
    raise work.Hopeless("what was compared is gone before it could be kept")


@work.nightly("matching.nightly", hour=2)
def compare_anew(at: datetime) -> None:
    """Compare the latest months once more: returns may have become late over night."""
    work.transact(_ask_for_runs, at.isoformat())
    work.outside(_tidy, at.isoformat())


def _tidy(at: str) -> None:
    forget_abandoned(work.settings(), datetime.fromisoformat(at))


def _ask_for_runs(session: Session, at: str) -> None:
    today = local_date(datetime.fromisoformat(at))
    months = [add_months(today.replace(day=1), -back) for back in range(1, NIGHTLY_MONTHS + 1)]
    for month in sorted(months):
        asked = (month.isoformat(), None, f"night:{today}", at)
        work.enqueue(session, "matching.run", f"{month}:{today}", *asked)


def _begin(session: Session, key: str) -> str:
    work.begin(session, "matching.run", key)
    return datetime.now(UTC).isoformat()


def _compare(period: str, tax_id: str | None, at: str) -> dict[str, Any]:
    if tax_id is not None and _is_silent(date.fromisoformat(period)):
        return {"is_worth_keeping": False}
    with work.database().reading() as session:
        tariff = tariff_in_force(session)
    compared = compare_month(
        work.settings(),
        work.database(),
        tariff,
        period=date.fromisoformat(period),
        tax_id=tax_id,
        at=datetime.fromisoformat(at),
    )
    return {
        "verdicts": compared.verdicts.name,
        "after_run": compared.after_run,
        "tolerances": compared.tolerances,
        "is_worth_keeping": True,
    }


def _is_silent(period: date) -> bool:
    """Tell whether nobody has told us of the month: a single return then can wait for night."""
    with work.database().reading() as session:
        return not delivered_by_layout(session, [period])


def _forget(name: str) -> None:
    Verdicts(work.settings(), name).forget()


def _keep(
    session: Session,
    told: dict[str, Any],
    period: str,
    tax_id: str | None,
    cause: str,
    at: str,
    is_last_attempt: bool,
) -> bool:
    verdicts = Verdicts(work.settings(), told["verdicts"])
    if not verdicts.is_there:  # somebody has emptied the temporary folder: compare again
        return False
    kept = keep(
        session,
        tariff_in_force(session),
        Comparison(verdicts, told["after_run"], told["tolerances"]),
        period=date.fromisoformat(period),
        tax_id=tax_id,
        cause=cause,
        at=datetime.fromisoformat(at),
        even_if_overtaken=is_last_attempt,
    )
    return kept is not None
