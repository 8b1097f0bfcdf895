"""What an establishment still owes a return for, and by when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from excise.arrears.rules import due_date
from excise.periods import TaxMonth
from excise.returns.models import Return
from excise.returns.queries import monthly_drafts, months_owed
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
