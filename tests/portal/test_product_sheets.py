"""Products from a spreadsheet and by their barcode, as people meet it."""

import io

import zxingcpp
from flask import Flask

from tests.browser import Person
from tests.excise.products.test_sheets import BEER, HEADER, photo
from tests.portal import scenes


def test_a_sheet_with_errors_is_corrected_and_taken(app: Flask, somchai: Person) -> None:
    somchai.sign_in()
    browser, number = somchai.browser, scenes.brewery(app, somchai, price=False)
    page = browser.page(f"/establishments/{number}/products/import")
    sheet = browser.get(page.links()["ดาวน์โหลดตารางสำหรับกรอก"])
    assert "รหัสรายการ" in sheet.text
    assert "beer" in sheet.text
    wrong = (HEADER + BEER.replace("8850124003225", "8850124003226")).encode()
    page = browser.submit({"file": (io.BytesIO(wrong), "สินค้า.csv")})
    assert "8850124003226" in page.said
    errors = browser.submit(button="ดาวน์โหลดข้อผิดพลาดทั้งหมด (CSV ไทยและอังกฤษ)")
    assert "check digit" in errors.text
    browser.page(f"/establishments/{number}/products/import")
    page = browser.submit({"file": (io.BytesIO((HEADER + BEER).encode()), "สินค้า.csv")})
    assert page.path == f"/establishments/{number}/products"
    assert "เบียร์ ก" in page.said


def test_a_photographed_barcode_finds_its_product_or_begins_one(
    app: Flask, somchai: Person
) -> None:
    somchai.sign_in()
    browser, number = somchai.browser, scenes.brewery(app, somchai, gtin=scenes.GTIN)
    url = f"/establishments/{number}/products/scan"
    browser.page(url)
    kind = zxingcpp.BarcodeFormat.EAN13
    page = browser.submit({"photo": (io.BytesIO(photo(scenes.GTIN, kind)), "a.jpg")})
    assert page.path.startswith("/products/")
    browser.page(url)
    page = browser.submit({"photo": (io.BytesIO(photo("4006381333931", kind)), "a.jpg")})
    assert "4006381333931" in page.said
    form = next(link for link in page.links().values() if "/products/new/" in link)
    assert 'value="4006381333931"' in browser.page(form).text
    browser.page(url)
    page = browser.submit({"photo": (io.BytesIO(b"no picture"), "a.jpg")})
    assert page.errors
