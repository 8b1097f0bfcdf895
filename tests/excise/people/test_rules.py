import pytest

from excise.people.models import Officer
from excise.people.rules import ROLES, permissions_of


def officer(*roles, active=True):
    return Officer(
        person_id=1, office_code="010100", position_th="", roles=list(roles), active=active
    )


def test_roles_add_up():
    assert permissions_of(["registrar", "cashier"]) == ROLES["registrar"] | ROLES["cashier"]


@pytest.mark.parametrize(
    ("roles", "permission", "may"),
    [
        (["registrar"], "registration.decide", True),
        (["cashier"], "registration.decide", False),
        (["cashier"], "payment.import", True),
        (["auditor"], "payment.import", False),
        (["king"], "return.view", False),
        ([], "return.view", False),
    ],
)
def test_an_officer_may_what_one_of_the_roles_carries(roles, permission, may):
    assert officer(*roles).may(permission) is may


def test_an_officer_who_left_may_nothing():
    assert not officer("registrar", active=False).may("registration.decide")
