"""A spreadsheet of products and prices: all of it or nothing, and once."""

import io
from datetime import date

import pytest
import sqlalchemy as sa
import zxingcpp
from PIL import Image

from excise.errors import Invalid
from excise.products import sheets
from excise.products.barcodes import gtins_in
from excise.products.models import Price, Product
from excise.taxpayers.queries import establishment_by_number
from tests import factories
from tests.conftest import count
from tests.factories import AT, TARIFF, TODAY

HEADER = "รหัสรายการ,ชื่อสินค้า,หน่วยนับ,บาร์โค้ด,volume_l,degree,price,price_from\n"
BEER = "beer,เบียร์ ก,กระป๋อง,8850124003225,0.32,5,39,10/11/2569\n"
ALE = 'เบียร์,เบียร์ ข,ขวด,,0.62,๔.๕,"1,051.50",2026-11-11\n'


def take(session, place, text, *, at=AT):
    content = text if isinstance(text, bytes) else text.encode()
    return sheets.take_rows(
        session,
        sheets.rows_of(content, TARIFF),
        tariff=TARIFF,
        registration_id=place.id,
        person_id=place.applicant_id,
        submission_id=factories.fresh("sheet"),
        at=at,
        today=TODAY,
    )


def test_products_and_prices_are_taken_once(session):
    place = factories.establishment(session)
    text = HEADER + BEER + ALE
    assert take(session, place, text) == sheets.Taken(added=2, priced=2, unchanged=0)
    assert take(session, place, text.encode("cp874")) == sheets.Taken(0, 0, 2)
    dearer = text.replace(",39,10/11/2569", ",41,1/12/2569")
    assert take(session, place, dearer) == sheets.Taken(added=0, priced=1, unchanged=1)
    prices = sa.select(Price.retail_incl_vat_satang, Price.effective_from).order_by(Price.id)
    assert session.execute(prices).all() == [
        (39_00, date(2026, 11, 10)),
        (1051_50, date(2026, 11, 11)),
        (41_00, date(2026, 12, 1)),
    ]


def test_every_wrong_cell_is_named_and_nothing_is_taken(database):
    with database.transaction() as session:
        number = factories.establishment(session).number
    wrong = (
        "beer,เบียร์ ค,กระป๋อง,8850124003226,0.32,5,,\n"
        "battery,แบตเตอรี่,ก้อน,,,,,\n"
        "nothing,,ขวด,,,,,\n"
        "beer,เบียร์ ง,ขวด,,0.62,x,39.005,31/2/2569\n"
        "beer,เบียร์ จ,ขวด,,,5,-1,2026-11-11\n"
    )
    with pytest.raises(sheets.SheetWrong) as refused, database.transaction() as session:
        take(session, establishment_by_number(session, number), HEADER + BEER + wrong)
    told = [(each.row, each.column, each.error.reason) for each in refused.value.wrong]
    assert told == [
        (3, "gtin", "gtin-wrong"),
        (4, "item", "item-outside-registration"),
        (5, "name", "field-missing"),
        (5, "item", "unknown-item"),
        (6, "degree", "not-a-number"),
        (6, "price", "too-many-decimals"),
        (6, "price_from", "not-a-date"),
        (7, "volume_l", "measure-missing"),
    ]
    with database.reading() as session:
        assert count(session, Product) == 0


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file-empty"),
        (HEADER.encode(), "file-empty"),
        (b"PK\x03\x04 no workbook", "file-broken"),
        (b"\xff\xfea\x00", "file-broken"),
        ("ชื่อสินค้า,สี\n1,2\n".encode(), "sheet-columns"),
        ((HEADER + BEER * 201).encode(), "sheet-too-long"),
    ],
)
def test_a_file_that_is_no_such_sheet_is_refused(content, code):
    with pytest.raises(Invalid) as refused:
        sheets.rows_of(content, TARIFF)
    assert refused.value.reason == code


def photo(text: str, kind: zxingcpp.BarcodeFormat) -> bytes:
    """A barcode on a grey desk."""
    code = Image.fromarray(zxingcpp.create_barcode(text, kind).to_image(scale=4))
    desk = Image.new("RGB", (code.width + 200, code.height + 200), "#ddd")
    desk.paste(code, (100, 100))
    made = io.BytesIO()
    desk.save(made, "JPEG")
    return made.getvalue()


def test_a_barcode_is_read_from_a_photograph():
    assert gtins_in(photo("8850124003225", zxingcpp.BarcodeFormat.EAN13)) == ["8850124003225"]
    link = photo("https://example.com", zxingcpp.BarcodeFormat.QRCode)
    for content, code in ((link, "no-barcode-found"), (b"%PDF-1.7", "not-a-picture")):
        with pytest.raises(Invalid) as refused:
            gtins_in(content)
        assert refused.value.reason == code
