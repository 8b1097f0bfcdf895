"""What an establishment still owes a return for, and by when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from excise.arrears.rules import due_date
from excise.periods import TaxMonth, add_months
from excise.returns.models import Return
from excise.returns.queries import files_monthly, monthly_drafts, months_owed
from excise.tariff.schema import Tariff
from excise.taxpayers.models import Registration


@dataclass(frozen=True, kw_only=True)
class Obligation:
    """A month whose return is owed; `draft` is there when somebody has begun it."""

    registration: Registration
    month: date
    due_on: date
    draft: Return | None


def obligations_of(
    session: Session,
    tariff: Tariff,
    registrations: Collection[Registration],
    *,
    today: date,
) -> list[Obligation]:
    """List the monthly returns that are owed, what is due first standing first."""
    months = months_owed(session, registrations, today=today)
    places, periods = {place.id for place, _ in months}, {month for _, month in months}
    drafts = monthly_drafts(session, places, periods)
    begun = {(draft.registration_id, draft.period): draft for draft in drafts}
    owed = [
        Obligation(
            registration=registration,
            month=month,
            due_on=due_date(tariff, TaxMonth.of(month)),
            draft=begun.get((registration.id, month)),
        )
        for registration, month in months
    ]
    return sorted(owed, key=lambda each: (each.due_on, each.registration.number or ""))


def to_come(
    tariff: Tariff, registrations: Collection[Registration], *, today: date, months: int = 3
) -> list[Obligation]:
    """List the monthly returns of this month and the next ones, as far as they are known."""
    ahead = [add_months(today.replace(day=1), step) for step in range(months)]
    return [
        Obligation(
            registration=registration,
            month=month,
            due_on=due_date(tariff, TaxMonth.of(month)),
            draft=None,
        )
        for registration in registrations
        for month in ahead
        if month >= registration.starts_on.replace(day=1)
        and not registration.is_closed(month)
        and files_monthly(registration, month)
    ]
