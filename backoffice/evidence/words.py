"""Sources, layouts, columns and faults of deliveries, in the visitor's language."""

from collections.abc import Callable
from datetime import date
from itertools import groupby

from flask_babel import gettext

from excise.evidence import queries
from excise.evidence.codes import CODES
from excise.evidence.columns import Column, Kind, Layout
from excise.evidence.layouts import LAYOUTS, SOURCES, layout_of
from excise.evidence.models import Delivery
from web.db import reading
from web.fields import plain
from web.i18n import language

_HOW = {  # by the sentence that says what is wrong with a value written otherwise
    Kind.AMOUNT: "amount-format",
    Kind.BRANCH: "branch-format",
    Kind.CODE: "code-format",
    Kind.COUNT: "count-format",
    Kind.DATE: "date-format",
    Kind.DOCUMENT_NO: "document-no-format",
    Kind.DOCUMENT_TYPE: "not-in-list",
    Kind.FLAG: "flag-format",
    Kind.GOODS_CODE: "code-format",
    Kind.GTIN: "product-code-format",
    Kind.HS_CODE: "hs-code-format",
    Kind.LINE_NO: "line-no-format",
    Kind.MONTH: "month-format",
    Kind.QUANTITY: "quantity-format",
    Kind.SERIAL: "serial-format",
    Kind.TAX_ID: "tax-id-format",
    Kind.TEXT: "text-format",
    Kind.VIN: "vin-format",
}


def source_names() -> Callable[[str], str]:
    """Return what names who delivered."""
    return queries.source_names(reading(), language())


def sources() -> list[tuple[str, list[Layout]]]:
    """Return the layouts under the names of who sends them."""
    by_source = sorted(LAYOUTS.values(), key=lambda layout: list(SOURCES).index(layout.source))
    return [
        (SOURCES[source][language() != "th"], list(layouts))
        for source, layouts in groupby(by_source, key=lambda layout: layout.source)
    ]


def title(layout: Layout) -> str:
    """Return what a layout tells of."""
    return layout.title_th if language() == "th" else layout.title_en


def layout_name(delivery: Delivery) -> str:
    """Return what a delivery tells of."""
    return title(layout_of(delivery.layout))


def summed(delivery: Delivery) -> str:
    """Return the name of the column whose sum a delivery has, or nothing."""
    layout = layout_of(delivery.layout)
    name = column_names(layout)
    return next((name(one.name) for one in layout.columns if one.kind is Kind.AMOUNT), "")


def column_names(layout: Layout) -> Callable[[str], str]:
    """Return what names a column of a layout, with its title in Thai files."""
    titles = {column.name: column.title for column in layout.heading}
    is_thai = language() == "th"
    return lambda name: f"{titles[name]} ({name})" if is_thai and name in titles else name


def how(column: Column) -> str:
    """Return how the values of a column are written."""
    said: str
    if column.kind is Kind.ACTION:
        said = gettext(
            "N (or empty) tells of a row, C corrects the row of the same reference,"
            " A annuls it. The column may be left out."
        )
    elif column.kind is Kind.CHOICE:
        said = gettext("One of: %(choices)s", choices=", ".join(column.choices))
    else:
        said = sentence(_HOW[column.kind])
    return said


def sentence(code: str) -> str:
    """Return what is wrong, by the code of a RowFault."""
    return CODES[code].th if language() == "th" else CODES[code].en


def months(delivery: Delivery) -> list[date]:
    """Return the first days of the months a delivery tells of."""
    return [date.fromisoformat(period) for period in delivery.periods]


def shown(value: str) -> str:
    """Return what came from outside without the letters that nobody sees."""
    return plain(value)
