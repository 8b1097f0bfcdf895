"""Which accounts an establishment keeps, and what one types into each of them."""

from dataclasses import dataclass

from excise.errors import NotFound
from excise.evidence.columns import Column, Kind, Layout
from excise.evidence.layouts import LAYOUTS
from excise.taxpayers.models import Registration
from excise.taxpayers.rules import EstablishmentType

LINES = LAYOUTS["stock_lines"]
_KNOWN = ("tax_id", "registration_no", "form")  # the page itself says these
_SERVICE = "service_tickets"


@dataclass(frozen=True)
class StockAccount:
    """An account by its code: a form of the stock ledger, or a layout of its own."""

    code: str
    layout: Layout
    title_th: str
    title_en: str

    @property
    def form(self) -> str:
        """The form that it is kept in, of the stock ledger only."""
        return self.code if self.layout is LINES else ""

    @property
    def columns(self) -> list[Column]:
        """What one types, the action last."""
        return [column for column in self.layout.heading if column.name not in _KNOWN]

    @property
    def numbers(self) -> set[str]:
        """The columns that hold numbers or days."""
        kinds = (Kind.AMOUNT, Kind.COUNT, Kind.DATE, Kind.QUANTITY, Kind.SERIAL)
        return {column.name for column in self.columns if column.kind in kinds}


_FORMS = tuple(
    StockAccount(code, LINES, title_th, title_en)
    for code, title_th, title_en in (
        ("0701", "บัญชีประจำวันวัตถุดิบ (ภส.07-01)", "Daily account of materials (PhorSor 07-01)"),
        ("0702", "บัญชีประจำวันสินค้า (ภส.07-02)", "Daily account of goods (PhorSor 07-02)"),
        ("0704", "งบเดือนวัตถุดิบและสินค้า (ภส.07-04)", "Monthly statement (PhorSor 07-04)"),
    )
)
_OTHERS = tuple(
    StockAccount(layout.code, layout, layout.title_th, layout.title_en)
    for layout in LAYOUTS.values()
    if layout.is_own and layout is not LINES
)
ACCOUNTS = {account.code: account for account in (*_FORMS, *_OTHERS)}


def accounts_of(registration: Registration) -> list[StockAccount]:
    """Return the accounts that an establishment keeps: a place of service those of its takings."""
    is_service = registration.establishment_type is EstablishmentType.SERVICE
    return [one for one in ACCOUNTS.values() if (one.code == _SERVICE) is is_service]


def account_of(registration: Registration, code: str) -> StockAccount:
    """Return an account that the establishment keeps; raises NotFound."""
    found = next((one for one in accounts_of(registration) if one.code == code), None)
    if found is None:
        raise NotFound(what="stock-account", id=code)
    return found
