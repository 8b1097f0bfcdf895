"""What each right of a taxpayer's people and each role of an officer carries."""

import enum
from collections.abc import Iterable


class Right(enum.StrEnum):
    """What an owner may let others do for the taxpayer."""

    VIEW = "view"
    PREPARE = "prepare"
    SUBMIT = "submit"
    PAY = "pay"
    MANAGE = "manage"


OWNER = [right.value for right in Right]

_SEE = {"registration.view", "return.view", "payment.view", "receipt.view"}
ROLES: dict[str, frozenset[str]] = {
    "registrar": frozenset(_SEE | {"registration.decide"}),
    "cashier": frozenset(_SEE | {"payment.import", "counter.take"}),
    "accountant": frozenset(
        _SEE
        | {"payment.import", "payment.resolve", "ledger.view", "ledger.close"}
        | {"counter.approve", "remittance.prepare", "claim.view"}
    ),
    "finance_head": frozenset(
        _SEE
        | {"payment.approve", "ledger.view", "ledger.approve", "counter.approve"}
        | {"remittance.approve"}
    ),
    "auditor": frozenset(
        _SEE
        | {"tariff.view"}
        | {"evidence.view", "evidence.import", "case.view", "case.work", "rule.view"}
        | {"assessment.view", "assessment.prepare", "claim.view", "claim.examine"}
    ),
    "assessor": frozenset(
        _SEE
        | {"evidence.view", "case.view", "assessment.view", "assessment.approve", "tariff.view"}
        | {"rule.view", "claim.view", "claim.approve"}
    ),
    # Those who keep the tariff see what everybody's returns would be by another edition.
    "tariff_officer": frozenset({"return.view", "tariff.view", "tariff.try", "tariff.draft"}),
    "tariff_head": frozenset({"return.view", "tariff.view", "tariff.try", "tariff.approve"}),
    # Who works the cases must not decide what opens one: the rules have people of their own.
    # A replay shows what everybody declared and sold.
    "rule_officer": frozenset({"case.view", "rule.view", "rule.replay", "rule.tune"}),
    "rule_head": frozenset({"case.view", "rule.view", "rule.replay", "rule.approve"}),
    # Answers what people report about our pages; sees no taxpayer's figures.
    "support": frozenset({"problem.answer"}),
    # Keeps the system running; sees no taxpayer's figures.
    "operator": frozenset({"work.view", "work.manage"}),
}


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """Return everything the roles permit together; an unknown role permits nothing.

    >>> "registration.decide" in permissions_of(["registrar"])
    True
    >>> permissions_of(["king"])
    frozenset()
    """
    return frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))
