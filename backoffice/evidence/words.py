"""Sources, columns and faults of deliveries, in the visitor's language."""

from collections.abc import Callable
from datetime import date

from excise.evidence import queries
from excise.evidence.codes import CODES
from excise.evidence.files import TITLES
from excise.evidence.models import Delivery
from web.db import reading
from web.fields import plain
from web.i18n import language

_COLUMNS = {column: title for title, column in TITLES.items()}


def source_names() -> Callable[[str], str]:
    """Return what names who delivered."""
    return queries.source_names(reading(), language())


def column_name(column: str) -> str:
    """Return the title of a column of the layout, with its name in Thai files."""
    return f"{_COLUMNS[column]} ({column})" if language() == "th" and column else column


def sentence(code: str) -> str:
    """Return what is wrong, by the code of a RowFault."""
    return CODES[code].th if language() == "th" else CODES[code].en


def months(delivery: Delivery) -> list[date]:
    """Return the first days of the months a delivery tells of."""
    return [date.fromisoformat(period) for period in delivery.periods]


def shown(value: str) -> str:
    """Return what came from outside without the letters that nobody sees."""
    return plain(value)
