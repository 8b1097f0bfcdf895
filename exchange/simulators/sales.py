"""What the Revenue Department knows of the brewery's sales in the month before last."""

from collections.abc import Iterable
from datetime import date

from exchange.simulators.brewery import LAGER, STOUT, TAX_ID, WHEAT
from exchange.simulators.figures import Beer
from excise.money import baht, half_up

INVOICE, CREDIT_NOTE = "388", "81"
VAT_PCT = 7
Row = dict[str, str]


def file_rows(month: date) -> list[Row]:
    """Return the part that comes as a file: 8,000 lager net of a credit note, 5,200 stout."""
    return [
        _row("INV-0001", LAGER, 6_000, month.replace(day=5)),
        _row("INV-0002", LAGER, 2_050, month.replace(day=12)),
        _row("CN-0001", LAGER, 50, month.replace(day=20), kind=CREDIT_NOTE),
        _row("INV-0003", STOUT, 5_200, month.replace(day=21)),
    ]


def pushed_rows(month: date) -> list[Row]:
    """Return the part that comes by SOAP: 2,000 lager and 2,008 wheat beer."""
    return [
        _row("INV-0004", LAGER, 2_000, month.replace(day=24)),
        _row("INV-0005", WHEAT, 2_008, month.replace(day=28)),
    ]


def sold_satang(beer: Beer, bottles: int) -> int:
    """Return what the maker sold bottles for: two thirds of the retail price, without VAT."""
    return bottles * (beer.price_satang * 2 // 3)


FILE_SATANG = sold_satang(LAGER, 8_000) + sold_satang(STOUT, 5_200)


def _row(number: str, beer: Beer, bottles: int, on: date, *, kind: str = INVOICE) -> Row:
    sold = sold_satang(beer, bottles)
    return {
        "document_no": number,
        "line_no": "1",
        "document_type": kind,
        "tax_id": TAX_ID,
        "branch": "00000",
        "document_date": on.isoformat(),
        "product_code": beer.gtin,
        "quantity": str(bottles),
        "amount": str(baht(sold)),
        "vat": str(baht(half_up(sold * VAT_PCT, 100))),
    }


def as_file(rows: list[Row]) -> bytes:
    """Write rows as the CSV file that the Revenue Department sends."""
    lines = [list(rows[0]), *(row.values() for row in rows)]
    return "".join(f"{','.join(line)}\n" for line in lines).encode()


def as_records(rows: Iterable[Row]) -> list[Row]:
    """Write rows as records of a SOAP message, each with the sender's own reference."""
    return [
        {"clientRef": f"r{place}", **{_camel(name): value for name, value in row.items()}}
        for place, row in enumerate(rows, start=1)
    ]


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))
