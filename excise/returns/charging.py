"""What is charged is posted once, whatever it was charged by: a return or an assessment."""

from collections import defaultdict
from datetime import datetime

from sqlalchemy.orm import Session

from excise.ledger.actions import Movement, post
from excise.ledger.models import Account
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
    excise = _excise_by_group(tariff, registration, tax)
    main_group = max(excise, key=lambda group: excise[group])
    post(
        session,
        [
            Movement(Account.RECEIVABLE, tax.total_satang),
            *(Movement(Account.REVENUE_EXCISE, -amount, group) for group, amount in excise.items()),
            Movement(Account.PAYABLE_LOCAL, -tax.local_satang),
            Movement(Account.REVENUE_PENALTY, -tax.penalty_satang, main_group),
            Movement(Account.REVENUE_SURCHARGE, -tax.surcharge_satang, main_group),
            *(
                Movement(Account.PAYABLE_FUND, -amount, code)
                for code, amount in tax.additions.funds_satang.items()
            ),
        ],
        cause=cause,
        taxpayer_id=registration.taxpayer_id,
        at=at,
    )


def _excise_by_group(tariff: Tariff, registration: Registration, tax: ReturnTax) -> dict[str, int]:
    """Add up the lines' excise by the duty group of the registration that each belongs to."""
    groups: dict[str, int] = defaultdict(int)
    for line in tax.lines:
        of_item = tariff.item(line.item).duty_groups
        group = next((group for group in registration.duty_groups if group in of_item), of_item[0])
        groups[group] += line.excise_satang
    return groups
