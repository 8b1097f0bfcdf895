"""The rows of other agencies behind a discrepancy."""

import logging
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import duckdb
from flask import current_app, request

from excise.cases.models import Discrepancy
from excise.config import Settings
from excise.evidence.parquet import SaleRow, Totals, sales_of, totals_of
from web.paging import PER_PAGE, Page

LOG = logging.getLogger("excise.web")


@dataclass(frozen=True)
class Sales:
    """A page of rows, and what all of them come to."""

    page: Page[SaleRow]
    totals: Totals


def sales_behind(found: Discrepancy) -> Sales | None:
    """Return the page of rows that the address asks for, None when they cannot be read now."""
    try:
        totals = totals_of(_settings(), **_key(found))
        last = max(1, -(-totals.count // PER_PAGE))
        number = min(max(request.args.get("page", 1, type=int), 1), last)
        rows = _rows(found, limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    except (duckdb.Error, OSError):
        LOG.exception("evidence could not be read", extra={"case": found.reference})
        return None
    return Sales(Page(rows, number, totals.count), totals)


def last_document_on(found: Discrepancy) -> date | None:
    """Return the day of the last document, None when there is none or it cannot be read."""
    try:
        count = totals_of(_settings(), **_key(found)).count
        rows = _rows(found, limit=1, offset=count - 1) if count else []
    except (duckdb.Error, OSError):
        LOG.exception("evidence could not be read", extra={"case": found.reference})
        return None
    return rows[0].document_on if rows else None


def _rows(found: Discrepancy, *, limit: int, offset: int) -> list[SaleRow]:
    return sales_of(_settings(), **_key(found), limit=limit, offset=offset)


def _key(found: Discrepancy) -> dict[str, Any]:
    return {
        "tax_id": found.registration.taxpayer.tax_id,
        "period": found.period,
        "product_code": found.product_code or None,
    }


def _settings() -> Settings:
    return cast(Settings, current_app.extensions["settings"])
