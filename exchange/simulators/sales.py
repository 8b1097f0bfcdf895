"""What the Revenue Department knows of the brewery's sales in the month before last."""

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date

from exchange.simulators.brewery import LAGER, STOUT, TAX_ID, WHEAT
from exchange.simulators.figures import Beer
from excise.money import baht, half_up

INVOICE, CREDIT_NOTE = "388", "81"
VAT_PCT = 7


@dataclass(frozen=True)
class Invoice:
    """One line of a tax invoice, as its columns are called in the file."""

    document_no: str
    line_no: str
    document_type: str
    tax_id: str
    branch: str
    document_date: str
    product_code: str
    quantity: str
    amount: str
    vat: str

    def record(self, place: int) -> dict[str, str]:
        """Return it as a record of a SOAP message."""
        named = {"clientRef": f"r{place}"}
        for name, value in asdict(self).items():
            first, *rest = name.split("_")
            named[first + "".join(word.capitalize() for word in rest)] = value
        return named


def invoice(number: str, beer: Beer, bottles: int, on: date, *, kind: str = INVOICE) -> Invoice:
    """Write a line: the bottles at the maker's price, two thirds of the retail price."""
    sold = satang_of(beer, bottles)
    return Invoice(
        document_no=number,
        line_no="1",
        document_type=kind,
        tax_id=TAX_ID,
        branch="00000",
        document_date=on.isoformat(),
        product_code=beer.gtin,
        quantity=str(bottles),
        amount=str(baht(sold)),
        vat=str(baht(half_up(sold * VAT_PCT, 100))),
    )


def satang_of(beer: Beer, bottles: int) -> int:
    """Return what the maker sold bottles for, without VAT."""
    return bottles * (beer.price_satang * 2 // 3)


def file_rows(month: date) -> list[Invoice]:
    """Return the part that comes as a file: 8,000 lager net of a credit note, 5,200 stout."""
    return [
        invoice("INV-0001", LAGER, 6_000, month.replace(day=5)),
        invoice("INV-0002", LAGER, 2_050, month.replace(day=12)),
        invoice("CN-0001", LAGER, 50, month.replace(day=20), kind=CREDIT_NOTE),
        invoice("INV-0003", STOUT, 5_200, month.replace(day=21)),
    ]


FILE_SATANG = satang_of(LAGER, 8_000) + satang_of(STOUT, 5_200)


def pushed_rows(month: date) -> list[Invoice]:
    """Return the part that comes by SOAP: 2,000 lager and 2,008 wheat beer."""
    return [
        invoice("INV-0004", LAGER, 2_000, month.replace(day=24)),
        invoice("INV-0005", WHEAT, 2_008, month.replace(day=28)),
    ]


def written(rows: Iterable[Invoice]) -> bytes:
    """Return rows as the CSV file that the Revenue Department sends."""
    text = io.StringIO()
    lines = [asdict(row) for row in rows]
    writer = csv.DictWriter(text, lines[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue().encode()
