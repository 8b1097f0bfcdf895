"""What all pages about registrations share."""

from flask import Blueprint

from excise.offices.queries import area_offices
from web.db import reading
from web.i18n import language

bp = Blueprint("registrations", __name__, url_prefix="/registrations")


def office_names() -> dict[str, str]:
    """Return the names of the area offices by code."""
    return {each.code: getattr(each, f"name_{language()}") for each in area_offices(reading())}
