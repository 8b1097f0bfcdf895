"""The tariff in force, as one request sees it."""

from typing import cast

from flask import g

from excise.tariff.entries import Tariff
from excise.tariff.queries import tariff_in_force
from web.db import reading


def tariff_now() -> Tariff:
    """Return the edition that is in force: asked once a request, and read once a process."""
    if "tariff" not in g:
        g.tariff = tariff_in_force(reading())
    return cast(Tariff, g.tariff)
