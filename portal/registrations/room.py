"""What all pages about registrations share."""

from typing import Any

from flask import Blueprint

from excise.offices.models import Office
from excise.offices.queries import area_offices
from web.db import reading
from web.i18n import language
from web.tariff import tariff_now

bp = Blueprint("registrations", __name__, url_prefix="/registrations")


def names(entry: Any) -> dict[str, Any]:
    """Return the names behind the codes of an entry."""
    groups = tariff_now().duty_groups
    return {
        "office": reading().get_one(Office, entry.office_code),
        "groups": [groups[code] for code in entry.duty_groups if code in groups],
    }


def office_names() -> dict[str, str]:
    """Return the names of the area offices by code."""
    return {each.code: getattr(each, f"name_{language()}") for each in area_offices(reading())}
