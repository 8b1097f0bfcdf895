"""Accounts, columns and faults of stock statements, in the visitor's language."""

from collections.abc import Callable

from flask_babel import lazy_gettext as _

from excise.evidence.codes import CODES
from excise.evidence.columns import Column, Kind
from excise.evidence.layouts import layout_of
from excise.evidence.models import Delivery
from excise.stock.accounts import ACCOUNTS, LINES, StockAccount
from web.fields import plain
from web.i18n import language

_CHOICES = {
    "issued": _("issued"),
    "returned": _("returned"),
    "damaged": _("damaged"),
    "packed": _("packed"),
}


def title(account: StockAccount) -> str:
    """Return the name of an account."""
    return account.title_th if language() == "th" else account.title_en


def form_name(form: str) -> str:
    """Return the name of the account of a form."""
    return title(ACCOUNTS[form])


def told(delivery: Delivery) -> str:
    """Return what a delivery tells of."""
    layout = layout_of(delivery.layout)
    return layout.title_th if language() == "th" else layout.title_en


def is_ledger(delivery: Delivery) -> bool:
    """Tell whether a delivery made entries in the stock accounts."""
    return delivery.layout == LINES.code


def column_names(account: StockAccount) -> Callable[[str], str]:
    """Return what names a column of an account's files, with its title in Thai."""
    titles = {one.name: one.title for one in account.layout.heading}
    is_thai = language() == "th"
    return lambda name: f"{titles[name]} ({name})" if is_thai and name in titles else name


def heading(column: Column) -> str:
    """Return what heads a column where lines are typed."""
    if language() == "th":
        return column.title
    said = column.name.removesuffix("_on").replace("_", " ")
    return said.capitalize().replace(" no", " number")


def sentence(code: str) -> str:
    """Return what is wrong, by the code of a fault."""
    return CODES[code].th if language() == "th" else CODES[code].en


def shown(value: str) -> str:
    """Return what came in a file without the letters that nobody sees."""
    return plain(value)


def choice(value: str) -> str:
    """Return one of a column's choices in words."""
    return str(_CHOICES.get(value, value))


def is_number(column: Column) -> bool:
    """Tell whether a column holds amounts or quantities."""
    return column.kind in (Kind.AMOUNT, Kind.COUNT, Kind.QUANTITY)


def is_code(column: Column) -> bool:
    """Tell whether a column names goods."""
    return column.kind in (Kind.GOODS_CODE, Kind.GTIN)
