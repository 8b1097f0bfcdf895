from datetime import date

import pytest

from excise.evidence.codes import CODES
from excise.evidence.rules import COLUMNS, Fault, Sale, check_sale
from excise.evidence.values import gtin14

TODAY = date(2026, 11, 10)
ROW = {
    "document_no": "INV-69/0001",
    "line_no": "2",
    "document_type": "388",
    "tax_id": "0105558096348",
    "branch": "00000",
    "document_date": "2026-10-05",
    "product_code": "8850124003225",
    "quantity": "12.5",
    "amount": "1250.5",
    "vat": "87.54",
}


def faults(**changes):
    answer = check_sale(ROW | changes, today=TODAY)
    return answer if isinstance(answer, list) else []


def test_a_row_becomes_whole_numbers_in_base_units():
    assert check_sale(ROW, today=TODAY) == Sale(
        tax_id="0105558096348",
        branch="00000",
        document_no="INV-69/0001",
        line_no=2,
        document_type=388,
        document_on=date(2026, 10, 5),
        period=date(2026, 10, 1),
        product_code="08850124003225",
        units=125_000,
        amount_satang=125_050,
        vat_satang=8_754,
    )


@pytest.mark.parametrize(("kind", "sign"), [("388", 1), ("80", 1), ("81", -1)])
def test_only_a_credit_note_counts_negative(kind, sign):
    sale = check_sale(ROW | {"document_type": kind}, today=TODAY)
    assert (sale.units, sale.amount_satang, sale.vat_satang) == (
        sign * 125_000,
        sign * 125_050,
        sign * 8_754,
    )


def test_spaces_around_a_value_are_forgiven():
    padded = {name: f"  {value} " for name, value in ROW.items()}
    assert check_sale(padded, today=TODAY) == check_sale(ROW, today=TODAY)


@pytest.mark.parametrize("typed", ["5/10/2569", "05/10/2569", "2026-10-05"])
def test_a_date_is_iso_or_thai(typed):
    assert check_sale(ROW | {"document_date": typed}, today=TODAY).document_on == date(2026, 10, 5)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("2569-10-05", "date-buddhist-year"),
        ("2571-02-29", "date-buddhist-year"),
        ("5/10/2026", "date-format"),
        ("2026-13-01", "date-format"),
        ("29/2/2569", "date-format"),
        ("20261005", "date-format"),
        ("2026-10-05T00:00", "date-format"),
        ("๕/๑๐/๒๕๖๙", "date-format"),
        ("2026-11-11", "future-date"),
        ("11/11/2569", "future-date"),
        ("1999-12-31", "date-too-early"),
    ],
)
def test_a_wrong_date_says_why(typed, code):
    assert faults(document_date=typed) == [Fault("document_date", code, typed)]


def test_a_document_of_today_is_not_in_the_future():
    assert faults(document_date="2026-11-10") == []


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("document_no", "=HYPERLINK(1)", "document-no-format"),
        ("document_no", 'A"1', "document-no-format"),
        ("document_no", "A,1", "document-no-format"),
        ("document_no", "A\n1", "document-no-format"),
        ("document_no", "A" * 41, "document-no-format"),
        ("line_no", "0", "line-no-format"),
        ("line_no", "1.0", "line-no-format"),
        ("line_no", "1000000", "line-no-format"),
        ("document_type", "380", "not-in-list"),
        ("tax_id", "0105558096349", "check-digit"),
        ("tax_id", "105558096348", "tax-id-format"),
        ("tax_id", "๐๑๐๕๕๕๘๐๙๖๓๔๘", "tax-id-format"),
        ("branch", "0", "branch-format"),
        ("branch", "๐๐๐๐๐", "branch-format"),
        ("product_code", "8850124003226", "check-digit"),
        ("product_code", "885012400322", "check-digit"),
        ("product_code", "88501240032", "product-code-format"),
        ("product_code", "8850124-03225", "product-code-format"),
        ("quantity", "1.00001", "decimals"),
        ("amount", "1.001", "decimals"),
        ("vat", "0.001", "decimals"),
        ("amount", "1,250.50", "number-format"),
        ("amount", "-1", "number-format"),
        ("amount", "1e3", "number-format"),
        ("amount", "nan", "number-format"),
        ("amount", "๑๒", "number-format"),
        ("amount", ".5", "number-format"),
        ("amount", "1" * 13, "out-of-range"),
        ("quantity", "9" * 5000, "out-of-range"),
    ],
)
def test_a_wrong_value_names_its_column_and_code(field, value, code):
    assert faults(**{field: value}) == [Fault(field, code, value[:60])]


def test_zeros_after_the_allowed_decimals_change_nothing():
    sale = check_sale(ROW | {"amount": "0001250.5000", "quantity": "12.500000"}, today=TODAY)
    assert (sale.amount_satang, sale.units) == (125_050, 125_000)


def test_everything_wrong_with_a_row_is_said_at_once():
    found = check_sale({}, today=TODAY)
    assert [fault.field for fault in found] == [c for c in COLUMNS if c != "product_code"]
    assert {fault.code for fault in found} == {"required"}
    assert found[0].number == 2001


def test_a_line_without_a_bar_code_is_a_sale():
    assert check_sale(ROW | {"product_code": ""}, today=TODAY).product_code == ""


@pytest.mark.parametrize("short", ["96385074", "036000291452", "4006381333931", "14006381333938"])
def test_all_lengths_of_a_gtin_are_one_number(short):
    assert gtin14(short) == short.zfill(14)
    assert check_sale(ROW | {"product_code": short}, today=TODAY).product_code == short.zfill(14)


def test_the_catalogue_keeps_the_numbers_of_the_contract():
    numbers = {name: CODES[name].number for name in list(CODES)[:5]}
    assert numbers == {
        "required": 2001,
        "not-in-list": 2002,
        "decimals": 2003,
        "future-date": 2004,
        "check-digit": 2005,
    }
    assert all(code.th and code.en for code in CODES.values())
