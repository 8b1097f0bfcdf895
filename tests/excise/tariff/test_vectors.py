"""Every vector of the law's file, held against the rule that is responsible for it."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from excise import formats
from excise.arrears.rules import months_late
from excise.errors import Invalid
from excise.money import satang
from excise.offices.rules import office_level
from excise.payments.codes import bank_barcode, promptpay_bill_payment
from excise.periods import fiscal_year_be
from excise.taxpayers.rules import branch_words, parse_registration_number, tax_id

VECTORS: dict[str, list[dict[str, Any]]] = yaml.load(
    Path(__file__).with_name("examples.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
)["vectors"]


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def valid(check: Any, text: str) -> bool:
    try:
        check(text)
    except Invalid:
        return False
    return True


def registration(vector: dict[str, Any]) -> dict[str, Any]:
    if not valid(parse_registration_number, vector["raw"]):
        return {"valid": False}
    base, kind, number = parse_registration_number(vector["raw"])
    return {
        "base_id": base,
        "establishment_type": kind.value,
        "seq": f"{number:03d}",
        "valid": True,
    }


def date_words(vector: dict[str, Any]) -> dict[str, Any]:
    on = day(vector["ce"])
    return {
        "be_year": formats.buddhist_year(on),
        "th_long": formats.date_text(on, "th", "formal"),
        "th_short": formats.date_text(on, "th", "short"),
    }


def bill(vector: dict[str, Any]) -> tuple[str, str, str, int]:
    amount = satang(Decimal(vector["amount"]))
    return vector["biller_id"], vector["ref1"], vector["ref2"], amount


CHECKS: dict[str, Any] = {
    "tax_id": lambda v: {"valid": valid(tax_id, v["id"])},
    "excise_registration_no": registration,
    "office_code": lambda v: {"level": office_level(v["code"])},
    "branch": lambda v: {"meaning": _meaning(v["code"])},
    "buddhist_date": date_words,
    "fiscal_year": lambda v: {"fy_be": fiscal_year_be(day(v["ce"]))},
    "promptpay_bill_payment": lambda v: {"payload": promptpay_bill_payment(*bill(v))},
    "bot_barcode": lambda v: {"text": bank_barcode(*bill(v))},
    "baht_text": lambda v: {"text": formats.baht_text(satang(Decimal(v["amount"])))},
    "months_late": lambda v: {"months": months_late(day(v["due"]), day(v["paid"]))},
}


def _meaning(code: str) -> str:
    th, en = branch_words(code)
    return f"{en} {th}" if code == "00000" else en


def test_every_section_has_its_rule() -> None:
    assert CHECKS.keys() == VECTORS.keys()


@pytest.mark.parametrize(
    ("section", "vector"),
    [(section, vector) for section, vectors in VECTORS.items() for vector in vectors],
)
def test_a_vector_comes_out(section: str, vector: dict[str, Any]) -> None:
    found = CHECKS[section](vector)
    assert found == {name: vector[name] for name in found}
    assert set(vector) - set(found) <= {
        *("id", "raw", "code", "ce", "amount", "biller_id", "ref1", "ref2", "due", "paid"),
        *("note", "why"),
    }


@pytest.mark.parametrize("code", ["0101", "01010", "010a00", "010001", "๐๑๐๐๐๐", ""])
def test_a_code_that_is_none_of_an_office_is_invalid(code: str) -> None:
    assert office_level(code) == "invalid"


@pytest.mark.parametrize("code", ["", "0000", "000001", "0000a", "๐๐๐๐๐"])
def test_a_branch_has_five_digits(code: str) -> None:
    with pytest.raises(Invalid):
        branch_words(code)
