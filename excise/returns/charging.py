"""What is charged is posted once, whatever it was charged by: a return or an assessment."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from excise.ledger.actions import Movement, post
from excise.ledger.models import Account
from excise.returns.changes import Change
from excise.returns.rules import ReturnTax
from excise.tariff.schema import Tariff
from excise.taxpayers.models import Registration


def charge(
    session: Session,
    tariff: Tariff,
    tax: ReturnTax,
    *,
    registration: Registration,
    cause: str,
    at: datetime,
) -> None:
    """Post every part of the total to the account that it belongs to.

    Excise goes by duty group; penalty and surcharge go to the group with the most of it.
    """
    excise = by_group(tariff, registration, ((each.item, each.excise_satang) for each in tax.lines))
    main_group = max(excise, key=lambda group: excise[group])
    funds = tax.additions.funds_satang
    _post(session, tax, excise, funds, main_group, registration, cause=cause, at=at)


def charge_change(
    session: Session,
    tariff: Tariff,
    change: Change,
    *,
    registration: Registration,
    before: Iterable[tuple[str, int]],
    after: Iterable[tuple[str, int]],
    cause: str,
    at: datetime,
) -> None:
    """Post what an amendment adds or takes off; the excise of both versions stands by item."""
    now = by_group(tariff, registration, after)
    was = by_group(tariff, registration, before)
    moved = {group: now.get(group, 0) - was.get(group, 0) for group in {**was, **now}}
    main_group = max(moved, key=lambda group: abs(moved[group]))
    funds = change.funds_satang
    _post(session, change, moved, funds, main_group, registration, cause=cause, at=at)


def _post(
    session: Session,
    charged: ReturnTax | Change,
    excise: Mapping[str, int],
    funds: Mapping[str, int],
    main_group: str,
    registration: Registration,
    *,
    cause: str,
    at: datetime,
) -> None:
    post(
        session,
        [
            Movement(Account.RECEIVABLE, charged.total_satang),
            *(Movement(Account.REVENUE_EXCISE, -amount, group) for group, amount in excise.items()),
            Movement(Account.PAYABLE_LOCAL, -charged.local_satang),
            Movement(Account.REVENUE_PENALTY, -charged.penalty_satang, main_group),
            Movement(Account.REVENUE_SURCHARGE, -charged.surcharge_satang, main_group),
            *(Movement(Account.PAYABLE_FUND, -amount, code) for code, amount in funds.items()),
        ],
        cause=cause,
        taxpayer_id=registration.taxpayer_id,
        at=at,
    )


def by_group(
    tariff: Tariff, registration: Registration, excise: Iterable[tuple[str, int]]
) -> dict[str, int]:
    """Add up excise by the duty group of the registration that each item belongs to."""
    groups: dict[str, int] = defaultdict(int)
    for item, satang in excise:
        of_item = tariff.item(item).duty_groups
        group = next((group for group in registration.duty_groups if group in of_item), of_item[0])
        groups[group] += satang
    return groups
