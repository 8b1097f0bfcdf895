"""A spreadsheet of products and prices: each row checked, all of it taken or nothing.

A product is known again by its barcode, or else by its item, names, size and unit: the
same file once more adds nothing, and another price in it is a change of price.
"""

import csv
import io
import uuid
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa
from python_calamine import CalamineError, CalamineWorkbook
from sqlalchemy.orm import Session

from excise.encodings import encoding_of
from excise.errors import Conflict, ExciseError, Invalid
from excise.formats import arabic_digits
from excise.periods import BUDDHIST_YEARS_AHEAD
from excise.products.actions import ProductDetails, add_product, notify_price
from excise.products.models import Product
from excise.products.queries import products_of
from excise.products.rules import measures_of_product
from excise.tariff.schema import Tariff

MAX_ROWS = 200  # taken while the visitor waits, in one transaction
MAX_BYTES = 5_000_000
_MAX_UNPACKED = 100_000_000  # an XLSX is a ZIP, and a small one may grow without end
COLUMNS = {
    "item": "รหัสรายการ",
    "name": "ชื่อสินค้า",
    "brand": "ยี่ห้อ",
    "model": "รุ่น",
    "size": "ขนาดบรรจุ",
    "unit": "หน่วยนับ",
    "gtin": "บาร์โค้ด",
    "price": "ราคาขายปลีกแนะนำรวมภาษีมูลค่าเพิ่ม",
    "price_from": "ใช้ราคาตั้งแต่วันที่",
}
NEEDED = ("item", "name", "unit")
_WORDS = {"name": 200, "brand": 200, "model": 200, "size": 200, "unit": 50}
# What a rule of the domain names, as the column it stands in.
_COLUMN_OF = {"retail_price": "price", "effective_from": "price_from"}


@dataclass(frozen=True)
class Row:
    """A row of the file; `number` as whoever opens it sees it, where 1 is the header."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Wrong:
    """What is wrong in one cell; `column` is empty when it is the row."""

    row: int
    column: str
    value: str
    error: ExciseError


class SheetWrong(Invalid):
    """Some rows cannot be taken, so none was; facts: `count`."""

    code = "sheet-wrong"

    def __init__(self, wrong: Sequence[Wrong]) -> None:
        """Keep what is wrong, row by row."""
        super().__init__(field="file", count=len({each.row for each in wrong}))
        self.wrong = tuple(wrong)


@dataclass(frozen=True)
class Taken:
    """How many rows brought a product, a price, or nothing new."""

    added: int
    priced: int
    unchanged: int


def titles(tariff: Tariff) -> dict[str, str]:
    """Return every column that a sheet may have, by name, with its Thai title."""
    return COLUMNS | {name: measure.th for name, measure in tariff.measures.items()}


def rows_of(content: bytes, tariff: Tariff) -> list[Row]:
    """Read a CSV or XLSX file with a header of Thai titles or English names.

    Raises Invalid: `file-too-large`, `file-empty`, `file-broken`, `sheet-columns` with the
    columns `missing` and `unknown`, `sheet-too-long`.
    """
    if len(content) > MAX_BYTES:
        raise Invalid("file-too-large", field="file", name="")
    table = _table(content)
    if not table:
        raise Invalid("file-empty", field="file")
    names = _names(table[0], tariff)
    filled = [(number, cells) for number, cells in enumerate(table[1:], start=2) if any(cells)]
    if not filled:
        raise Invalid("file-empty", field="file")
    if len(filled) > MAX_ROWS:
        raise Invalid("sheet-too-long", field="file", limit=MAX_ROWS, found=len(filled))
    return [Row(number, dict(zip(names, cells, strict=False))) for number, cells in filled]


def _table(content: bytes) -> list[list[str]]:
    if content[:2] == b"PK":
        return _workbook(content)
    if (encoding := encoding_of(content)) is None:
        raise Invalid("file-broken", field="file")
    text = content.decode(encoding)
    try:
        found = csv.reader(io.StringIO(text, newline=""), strict=True)
        return [[_text(cell) for cell in cells] for cells in found]
    except csv.Error as error:
        raise Invalid("file-broken", field="file") from error


def _workbook(content: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > _MAX_UNPACKED:
                raise Invalid("file-too-large", field="file", name="")
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        # Read from its first cell, so that rows keep the numbers that people see.
        return [[_text(cell) for cell in cells] for cells in sheet.to_python(skip_empty_area=False)]
    except (CalamineError, zipfile.BadZipFile, IndexError) as error:
        raise Invalid("file-broken", field="file") from error


def _text(cell: Any) -> str:
    """Return a cell as it would be typed: 8850124003225.0 is a whole number."""
    if isinstance(cell, datetime):
        cell = cell.date()
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str(cell).replace("\x00", "").split())


def _names(header: Sequence[str], tariff: Tariff) -> list[str]:
    known = {title.casefold(): name for name, title in titles(tariff).items()}
    names = [known.get(cell.casefold(), cell.casefold()) for cell in header]
    while names and not names[-1]:
        names.pop()
    unknown = [name for name in names if name not in titles(tariff)]
    missing = [name for name in NEEDED if name not in names]
    if unknown or missing or len(set(names)) != len(names):
        raise Invalid(
            "sheet-columns",
            field="file",
            missing=", ".join(COLUMNS[name] for name in missing) or "–",
            unknown=", ".join(name[:40] for name in unknown[:8]) or "–",
        )
    return names


@dataclass(frozen=True, kw_only=True)
class _Entry:
    details: ProductDetails
    price_satang: int | None
    price_from: date | None

    @property
    def identity(self) -> tuple[str, ...]:
        one = self.details
        return (one.item, one.name, one.brand, one.model, one.size, one.unit)


def take_rows(
    session: Session,
    rows: Sequence[Row],
    *,
    tariff: Tariff,
    registration_id: int,
    person_id: int,
    submission_id: str,
    at: datetime,
    today: date,
) -> Taken:
    """Enter the products and notify the prices of all rows; raises SheetWrong, nothing taken.

    The caller's transaction must end with that error.
    """
    known = _Known(products_of(session, registration_id))
    wrong: list[Wrong] = []
    added = priced = unchanged = 0
    for row in rows:
        entry, faults = _entry(row, tariff, today)
        wrong += faults
        if entry is None:
            continue
        key = uuid.uuid5(uuid.NAMESPACE_OID, f"{submission_id}:{row.number}")
        try:
            product = known.find(entry)
            if is_new := product is None:
                product = add_product(
                    session,
                    entry.details,
                    tariff=tariff,
                    registration_id=registration_id,
                    person_id=person_id,
                    submission_id=str(key),
                    at=at,
                )
                known.add(product)
            assert product is not None, "found or made"
            has_price = _notify(session, product, entry, tariff, person_id, str(key), at)
        except (Invalid, Conflict) as error:
            wrong.append(_wrong(row, error))
            continue
        added += is_new
        priced += has_price
        unchanged += not (is_new or has_price)
    if wrong:
        raise SheetWrong(wrong)
    return Taken(added, priced, unchanged)


def _notify(
    session: Session,
    product: Product,
    entry: _Entry,
    tariff: Tariff,
    person_id: int,
    key: str,
    at: datetime,
) -> bool:
    if entry.price_satang is None or entry.price_from is None:
        return False
    asked = (entry.price_satang, entry.price_from)
    if asked in {(one.retail_incl_vat_satang, one.effective_from) for one in product.prices}:
        return False
    notify_price(
        session,
        tariff=tariff,
        product_id=product.id,
        retail_incl_vat_satang=entry.price_satang,
        effective_from=entry.price_from,
        person_id=person_id,
        submission_id=key,
        at=at,
    )
    return True


class _Known:
    """The products of the establishment, by barcode and by words."""

    def __init__(self, products: Sequence[Product]) -> None:
        self._by_gtin: dict[str, Product] = {}
        self._by_words: dict[tuple[str, ...], Product] = {}
        for product in products:
            self.add(product)

    def add(self, one: Product) -> None:
        if one.gtin:
            self._by_gtin[one.gtin] = one
        words = (one.item, one.name, one.brand, one.model, one.size, one.unit)
        self._by_words[words] = one

    def find(self, entry: _Entry) -> Product | None:
        if entry.details.gtin and (found := self._by_gtin.get(entry.details.gtin)):
            return found
        return self._by_words.get(entry.identity)


class _Reading:
    """One row being read; everything in it that is no number, date or item is told at once."""

    def __init__(self, row: Row, tariff: Tariff) -> None:
        self.row, self.tariff = row, tariff
        self.wrong: list[Wrong] = []

    def refuse(self, column: str, code: str, **facts: Any) -> None:
        value = self.row.cells.get(column, "")
        self.wrong.append(Wrong(self.row.number, column, value, Invalid(code, **facts)))

    def cell(self, column: str) -> str:
        return self.row.cells.get(column, "")

    def words(self) -> dict[str, str]:
        for name in NEEDED:
            if not self.cell(name):
                self.refuse(name, "field-missing", field=COLUMNS[name])
        for name, longest in _WORDS.items():
            if len(self.cell(name)) > longest:
                self.refuse(name, "text-too-long", limit=longest)
        return {name: self.cell(name) for name in _WORDS}

    def item(self) -> str | None:
        found = _item(self.cell("item"), self.tariff)
        if found is None and self.cell("item"):
            self.refuse("item", "unknown-item")
        return found

    def measures(self, item: str, on: date) -> dict[str, Decimal]:
        found = {}
        for field in measures_of_product(self.tariff, item, on):
            number = _number(self.cell(field.name))
            if not self.cell(field.name):
                measure = self.tariff.measures[field.name]
                self.refuse(field.name, "measure-missing", field=measure.th)
            elif number is None:
                self.refuse(field.name, "not-a-number")
            else:
                found[field.name] = number
        return found

    def price(self) -> int | None:
        number = _number(self.cell("price"))
        if number is None:
            if self.cell("price"):
                self.refuse("price", "not-a-number")
            return None
        if number * 100 != int(number * 100):
            self.refuse("price", "too-many-decimals")
            return None
        return int(number * 100)

    def price_from(self, price: int | None) -> date | None:
        first = _day(self.cell("price_from"))
        if first is None and self.cell("price_from"):
            self.refuse("price_from", "not-a-date")
        elif first is None and price is not None:
            self.refuse("price_from", "field-missing", field=COLUMNS["price_from"])
        return first


def _entry(row: Row, tariff: Tariff, today: date) -> tuple[_Entry | None, list[Wrong]]:
    reading = _Reading(row, tariff)
    words, item = reading.words(), reading.item()
    measures = reading.measures(item, today) if item else {}
    price = reading.price()
    first = reading.price_from(price)
    if reading.wrong or item is None:
        return None, reading.wrong
    gtin = arabic_digits(reading.cell("gtin")).replace("-", "").replace(" ", "") or None
    details = ProductDetails(item=item, gtin=gtin, measures=measures, **words)
    return _Entry(details=details, price_satang=price, price_from=first), []


def _item(typed: str, tariff: Tariff) -> str | None:
    """Find an item by its code, its EDI number or its name."""
    wanted = typed.casefold()
    for item in tariff.items:
        names = (item.id, item.edi or "", item.name_th, item.name_en)
        if wanted and wanted in {name.casefold() for name in names}:
            return str(item.id)
    return None


def _number(typed: str) -> Decimal | None:
    """Read a number; None is no number, and nothing typed."""
    try:
        number = Decimal(arabic_digits(typed).replace(",", "").replace(" ", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() and -(10**15) < number < 10**15 else None


def _day(typed: str) -> date | None:
    """Read 2027-01-15, 15/1/2027 or 15/1/2570."""
    digits = arabic_digits(typed)
    parts = digits.split("-") if "-" in digits else digits.split("/")[::-1]
    if len(parts) != 3 or not all(
        part.strip().isascii() and part.strip().isdigit() for part in parts
    ):
        return None
    year, month, day = (int(part) for part in parts)
    try:
        return date(year - BUDDHIST_YEARS_AHEAD if 2400 <= year < 2700 else year, month, day)
    except ValueError:
        return None


def _wrong(row: Row, error: ExciseError) -> Wrong:
    named = str(error.facts.get("field", ""))
    column = _COLUMN_OF.get(named, named)
    return Wrong(row.number, column, row.cells.get(column, ""), error)


def example(tariff: Tariff, item_ids: Sequence[str], today: date) -> Iterator[list[str]]:
    """Yield the rows of a sheet to fill in: the columns that these items need, one line each."""
    needed = {
        field.name: None for item in item_ids for field in measures_of_product(tariff, item, today)
    }
    known = titles(tariff)
    yield [known[name] for name in (*COLUMNS, *needed)]
    for item in item_ids:
        yield [item, tariff.item(item).name_th, *[""] * (len(COLUMNS) + len(needed) - 2)]


def product_with(session: Session, registration_id: int, gtins: Sequence[str]) -> Product | None:
    """Return the product of an establishment that has one of these barcodes."""
    query = sa.select(Product).where(
        Product.registration_id == registration_id, Product.gtin.in_(gtins)
    )
    return session.scalars(query.order_by(Product.id)).first()
