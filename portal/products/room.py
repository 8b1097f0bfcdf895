"""What all pages about products share."""

from flask import Blueprint

from excise.people.rules import Right
from excise.taxpayers.models import Registration
from excise.taxpayers.queries import establishment
from web.access import person_id
from web.clock import today
from web.db import reading

bp = Blueprint("products", __name__)


def establishment_with(number: str, right: Right) -> Registration:
    """Return the establishment to somebody with the right there."""
    return establishment(reading(), number, person_id=person_id(), right=right, on=today())
