"""What agencies and banks get when they ask, over a real socket and by a real client."""

import pytest

from tests import factories

VERSIONS = pytest.mark.parametrize("version", ["1.1", "1.2"])


@pytest.fixture(scope="module")
def place(door):
    """An establishment that filed October and a bill that waits."""
    with door.database.transaction() as session:
        held = factories.establishment(session, name="โรงงาน <ก> & บุตร")
        filed = factories.filed(session, place=held)
        bill = factories.bill(session, filed)
        return {
            "tax_id": held.taxpayer.tax_id,
            "number": held.number,
            "reference": filed.reference,
            "total_satang": filed.total_satang,
            "ref1": bill.ref1,
            "ref2": bill.ref2,
        }


def sale(**changes):
    return {
        "clientRef": "r1",
        "documentNo": "INV-1",
        "lineNo": "1",
        "documentType": "388",
        "taxId": factories.TAX_ID,
        "branch": "00000",
        "documentDate": "2026-10-05",
        "productCode": "8850124003225",
        "quantity": "12",
        "amount": "1250.50",
        "vat": "87.54",
    } | changes


def codes(answer):
    return [problem.code for problem in answer.acknowledgement.error]


@VERSIONS
def test_a_taxpayer_is_told_by_either_number_in_thai(door, place, version):
    registry = door.service("taxpayer-registry", version=version)
    told = registry.call("GetTaxpayer", taxId=place["tax_id"])
    assert told.acknowledgement.status == "ACCEPTED"
    assert told.taxpayer.nameTh == "บริษัท ตัวอย่าง จำกัด"
    (registration,) = told.taxpayer.registration
    assert (registration.number, registration.name) == (place["number"], "โรงงาน <ก> & บุตร")
    assert registration.dutyGroup == ["7001", "0101"]
    by_number = registry.call("GetTaxpayer", registrationNumber=place["number"])
    assert by_number.taxpayer == told.taxpayer


@VERSIONS
def test_sales_are_kept_and_the_bad_line_is_named(door, version):
    data = door.service("third-party-data", version=version)
    bad = sale(clientRef="r2", lineNo="2", taxId="0105558096349", vat="1.005")
    told = data.call("SubmitVatSales", documentNo=factories.fresh("D"), record=[sale(), bad])
    said = told.acknowledgement
    assert (said.status, said.replayed) == ("PARTIAL", False)
    assert (said.counts.received, said.counts.accepted, said.counts.rejected) == (2, 1, 1)
    assert said.receiptNo.startswith("VS-")
    (line,) = said.line
    assert (line.clientRef, line.status) == ("r2", "REJECTED")
    assert [(each.code, each.field, each.originalValue) for each in line.error] == [
        ("2005", "record[2]/taxId", "0105558096349"),
        ("2003", "record[2]/vat", "1.005"),
    ]
