"""What a file of lines looks like: made for the very establishment whose return it is."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from excise.evidence.columns import Column, Kind, Layout
from excise.periods import BUDDHIST_YEARS_AHEAD
from excise.products.models import Product
from excise.returns.entering import needs_of
from excise.returns.models import Basis, Form, Return
from excise.tariff.rules import InputField
from excise.tariff.schema import Tariff

REF, PRODUCT, DAY, UNIT, ERROR = "line_ref", "product", "date", "unit", "error"
UNITS, RECEIPTS = "quantity", "receipts"
IGNORED = (UNIT, ERROR)


@dataclass(frozen=True)
class Optional(Column):
    """A column that a file may leave out."""

    @property
    def is_wanted(self) -> bool:
        """No."""
        return False


@dataclass(frozen=True, kw_only=True)
class LineLayout(Layout):
    """The columns of a file of lines; `measures` are those that belong to the lines alone."""

    is_service: bool
    has_day: bool
    measures: dict[str, InputField]

    @cached_property
    def heading(self) -> tuple[Column, ...]:
        """All columns that a file may have."""
        return self.columns

    @property
    def amount(self) -> str:
        """The column that says how much: a quantity, or receipts."""
        return RECEIPTS if self.is_service else UNITS


def layout_for(tariff: Tariff, tax_return: Return, products: Iterable[Product]) -> LineLayout:
    """Return the layout of a file for a draft, with the measures that its products need."""
    measures: dict[str, InputField] = {}
    for item in dict.fromkeys(product.item for product in products):
        for name, need in needs_of(tariff, tax_return, item).items():
            if name not in ("units", "srp_ex_vat"):
                measures[name] = need
    is_service = tax_return.form is Form.SERVICES
    has_day = tax_return.basis is Basis.MONTH
    return LineLayout(
        code="return_lines",
        title_th="รายการของแบบ",
        title_en="Lines of the return",
        source="",
        columns=tuple(_columns(measures.values(), is_service=is_service, has_day=has_day)),
        key=(REF,),
        day=DAY,
        is_service=is_service,
        has_day=has_day,
        measures=measures,
    )


def _columns(
    measures: Iterable[InputField], *, is_service: bool, has_day: bool
) -> Iterable[Column]:
    yield Column(REF, "เลขอ้างอิงรายการ", Kind.TEXT, ("INV-0001",))
    yield Column(PRODUCT, "สินค้าหรือบริการ", Kind.TEXT, ("8850124003225",))
    day = Column(DAY, "วันที่", Kind.DATE, ("5/11/2569",))
    yield day if has_day else Optional(DAY, day.title, day.kind, day.examples)
    if is_service:
        yield Column(RECEIPTS, "รายรับ (บาท)", Kind.AMOUNT, ("1,234.50",))
    else:
        yield Column(UNITS, "ปริมาณ", Kind.QUANTITY, ("1,200",))
    for need in measures:
        yield Optional(need.name, need.label_th, Kind.QUANTITY, ("0.5",))
    yield Optional(UNIT, "หน่วย", Kind.TEXT, ("กระป๋อง",))
    yield Optional(ERROR, "ข้อผิดพลาด", Kind.TEXT, ("",))


def template(
    layout: LineLayout, tax_return: Return, products: Sequence[Product], *, lang: str
) -> str:
    """Return a file to fill in, with a row for each product of the establishment."""
    columns = [column for column in layout.columns if column.name != ERROR]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(column.title if lang == "th" else column.name for column in columns)
    first = tax_return.removal_on or tax_return.period
    day = f"{first.day}/{first.month}/{first.year + BUDDHIST_YEARS_AHEAD}"
    for number, product in enumerate(products, start=1):
        told = {REF: str(number), PRODUCT: _name(product, products), DAY: day, UNIT: product.unit}
        writer.writerow(defused(told.get(column.name, "")) for column in columns)
    return out.getvalue()


def _name(product: Product, products: Sequence[Product]) -> str:
    is_alone = [each.name for each in products].count(product.name) == 1
    return product.name if is_alone or not product.gtin else product.gtin


def defused(text: str) -> str:
    """Return text that no spreadsheet takes for a formula; `plain` of values takes it back.

    >>> defused("=1+1"), defused("เบียร์")
    ("'=1+1", 'เบียร์')
    """
    return f"'{text}" if text[:1] in tuple("=+-@\t\r") and text else text
