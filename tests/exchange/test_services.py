"""What agencies and banks get when they ask, over a real socket and by a real client."""

from datetime import UTC, datetime

import pytest
from zeep.exceptions import Fault

from excise.documents.verification import verify_code
from excise.money import baht
from excise.receipts.queries import receipt
from tests import factories
from tests.exchange.envelopes import envelope, fault_code, header, post, token

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
    good, line = said.line
    assert (good.clientRef, good.status, good.error) == ("r1", "ACCEPTED", [])
    assert (line.clientRef, line.status) == ("r2", "REJECTED")
    assert [(each.code, each.field, each.originalValue) for each in line.error] == [
        ("2005", "record[2]/taxId", "0105558096349"),
        ("2003", "record[2]/vat", "1.005"),
    ]


def test_an_unknown_taxpayer_is_an_answer_and_no_fault(door):
    registry = door.service("taxpayer-registry")
    for number in ({"taxId": "0994000160101"}, {"registrationNumber": "09940001601011004"}):
        told = registry.call("GetTaxpayer", **number)
        (problem,) = told.acknowledgement.error
        assert told.acknowledgement.status == "REJECTED"
        assert (problem.code, problem.messageTh) == ("1001", "ไม่พบผู้เสียภาษี")
        assert (problem.field, problem.originalValue) == next(iter(number.items()))


def test_one_faulty_line_more_or_less_is_a_delivery_of_its_own(door):
    data, number = door.service("third-party-data"), factories.fresh("D")
    first = data.call("SubmitVatSales", documentNo=number, record=[sale()])
    again = data.call("SubmitVatSales", documentNo=number, record=[sale()])
    assert (first.acknowledgement.status, first.acknowledgement.replayed) == ("ACCEPTED", False)
    assert again.acknowledgement.replayed
    assert again.acknowledgement.receiptNo == first.acknowledgement.receiptNo
    other = data.call("SubmitVatSales", documentNo=number, record=[sale(quantity="13")])
    (problem,) = other.acknowledgement.error
    assert (other.acknowledgement.status, problem.code) == ("REJECTED", "5001")
    assert problem.existing.receiptNo == first.acknowledgement.receiptNo


def test_a_delivery_without_a_good_line_keeps_its_number_free(door):
    data, number = door.service("third-party-data"), factories.fresh("D")
    bad = data.call("SubmitVatSales", documentNo=number, record=[sale(taxId="")])
    said = bad.acknowledgement
    assert (said.status, said.receiptNo, said.counts.accepted) == ("REJECTED", None, 0)
    assert [each.code for each in said.line[0].error] == ["2001"]
    good = data.call("SubmitVatSales", documentNo=number, record=[sale()])
    assert good.acknowledgement.status == "ACCEPTED"


@VERSIONS
def test_a_return_is_found_by_our_reference_and_by_the_caller_s_key(door, place, version):
    filing = door.service("filing", version=version)
    by_reference = filing.call("GetReturnStatus", reference=place["reference"])
    key = {"registrationNumber": place["number"], "form": "0307", "period": "2026-10"}
    by_key = filing.call("GetReturnStatus", key=key)
    assert by_key.taxReturn == by_reference.taxReturn
    (found,) = by_key.taxReturn
    assert (found.reference, found.version, found.state) == (place["reference"], 1, "FILED")
    assert (found.total, found.total.as_tuple().exponent) == (baht(place["total_satang"]), -2)
    assert filing.call("GetReturnStatus", key=key | {"version": 1}).taxReturn


def test_nothing_filed_is_advice_and_an_unknown_name_is_refused(door, place):
    filing = door.service("filing")
    key = {"registrationNumber": place["number"], "form": "0307", "period": "2026-09"}
    none = filing.call("GetReturnStatus", key=key)
    assert (none.acknowledgement.status, codes(none)) == ("ACCEPTED", ["7130"])
    stranger = filing.call("GetReturnStatus", key=key | {"registrationNumber": "0" * 17})
    assert (stranger.acknowledgement.status, codes(stranger)) == ("REJECTED", ["1001"])
    assert codes(filing.call("GetReturnStatus", reference="no-such")) == ["3003"]


def test_a_payment_finds_its_bill_and_the_receipt_can_be_verified(door, place):
    bank, filing = door.service("payment", by="KTB"), door.service("filing")
    told = {
        "bankCode": "KTB",
        "transactionId": factories.fresh("T"),
        "paidAt": datetime(2026, 11, 10, 2, tzinfo=UTC),
        "amount": baht(place["total_satang"]),
        "ref1": place["ref1"],
        "ref2": place["ref2"],
        "channel": "promptpay",
    }
    (before,) = filing.call("GetReturnStatus", reference=place["reference"]).taxReturn
    part = told | {"transactionId": factories.fresh("T"), "ref2": "X"}
    strays = bank.call("NotifyPayment", **part).payment
    assert (strays.state, strays.reason) == ("UNALLOCATED", "unknown-reference")
    paid = bank.call("NotifyPayment", **told).payment
    assert (paid.state, paid.reason) == ("ALLOCATED", None)
    (after,) = filing.call("GetReturnStatus", reference=place["reference"]).taxReturn
    assert (before.paid, before.receiptNo) == (False, None)
    assert (after.paid, after.receiptNo) == (True, paid.receiptNo)
    verify_of(door, paid.receiptNo)


def verify_of(door, number):
    """The document behind the receipt is told to whoever has its code, and to nobody else."""
    with door.database.reading() as session:
        facts_hash = receipt(session, number).facts_hash
    code = verify_code(door.settings.secret("verification"), number, facts_hash)
    documents = door.service("document", by="KTB")
    right = documents.call("VerifyDocument", number=number, code=code).verification
    assert (right.result, right.kind) == ("VALID", "receipt")
    assert "•" in right.payerMasked
    for wrong in ({"number": number, "code": "XXXX-XXXX"}, {"number": "1", "code": code}):
        told = documents.call("VerifyDocument", **wrong)
        assert told.verification.result == "NOT_FOUND"
        assert told.verification.total is None


def test_a_typed_fault_reaches_a_strict_client(door):
    for version in ("1.1", "1.2"):
        registry = door.service("taxpayer-registry", by="MUTE", version=version)
        with pytest.raises(Fault) as caught:
            registry.call("GetTaxpayer", taxId="0994000160101")
        detail = registry.detail(caught.value)
        assert (detail.code, detail.retryable) == ("Client.NotAuthorised", False)
        assert detail.messageTh == "หน่วยงานไม่มีสิทธิเรียกบริการนี้"


def test_ten_thousand_lines_are_one_delivery(door):
    one = "".join(f"<{name}>{value}</{name}>" for name, value in sale(lineNo="@").items())
    records = "".join(
        f"<record>{one.replace('@', str(number))}</record>" for number in range(1, 10_001)
    )
    payload = (
        f'<SubmitVatSales xmlns="urn:th:excise:exchange:third-party-data:v1">{header()}'
        f"<documentNo>{factories.fresh('D')}</documentNo>{records}</SubmitVatSales>"
    )
    data = envelope(payload, security=token("RD", door.passwords["RD"]))
    answer = post(door, data, service="third-party-data")
    assert "<accepted>10000</accepted><rejected>0</rejected>" in answer.text
    one_more = data.replace(
        b"</SubmitVatSales>", f"<record>{one}</record></SubmitVatSales>".encode()
    )
    assert fault_code(post(door, one_more, service="third-party-data")) == "Client.SchemaViolation"
