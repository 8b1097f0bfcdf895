"""The second main job: what others know of a month, and a return that says less."""

from functools import partial

from exchange.simulators import sales
from exchange.simulators.brewery import DECLARED, LAGER, STOUT, WHEAT
from exchange.simulators.figures import filed
from exchange.simulators.first_job import add_line, begin_month
from exchange.simulators.installation import wait_for
from exchange.simulators.story import Story, Told

DELIVERY, MESSAGE = "RD-2569-0815", "0b5f0a86-2f4e-4b0e-9a57-6a1f4f3f2d11"
WHY = "แตกเสียหายในคลังสินค้า มีรายงานการตรวจนับ"
KNOWN = {  # what others say, what the draft says, the difference
    LAGER: ("10,000 ขวด", "9,000 ขวด", "1,000 ขวด"),
    STOUT: ("5,200 ขวด", "5,000 ขวด", "200 ขวด"),
    WHEAT: ("2,008 ขวด", "2,000 ขวด", "8 ขวด"),
}


def bring_in_sales(story: Story) -> Told:
    """Bring in the Revenue Department's file; one bad row refuses it whole."""
    officer = story.auditor
    right = sales.as_file(sales.file_rows(story.month_before))
    wrong = right.replace(b",5200,", b",5200.12345,")
    for name, content in (("vat-sales.csv", right), ("vat-sales-wrong.csv", wrong)):
        (story.out / name).write_bytes(content)
    officer.open("/evidence/new/vat_sales")
    officer.send(file=("vat-sales-wrong.csv", wrong), to="/evidence/new/vat_sales", refused=True)
    story.sees(officer, "the bad row is named and nothing is taken", "5200.12345")
    officer.open("/evidence/new/vat_sales")
    officer.send(file=("vat-sales.csv", right), to="/evidence/new/vat_sales")
    story.sees_baht(officer, "sum of the file, the credit note taken off", sales.FILE_SATANG)
    story.numbers["deliveries"] = receipt = officer.reference
    officer.open("/evidence/new/vat_sales")
    officer.send(file=("vat-sales.csv", right), to="/evidence/new/vat_sales")
    story.check("the same file again is the first delivery", officer.reference, receipt)
    return Told("auditor", "brought in the Revenue Department's file", sales.FILE_SATANG, receipt)


def push_sales(story: Story) -> Told:
    """Push the other part by SOAP: a bad line is named, a repeat gets the first answer."""
    records = sales.as_records(sales.pushed_rows(story.month_before))
    records.append(records[0] | {"clientRef": "r3", "lineNo": "2", "taxId": "0105558096349"})
    submit = partial(
        story.agencies["RD"].ask, "third-party-data", "SubmitVatSales", documentNo=DELIVERY
    )
    first = submit(message_id=MESSAGE, record=records).acknowledgement
    said = [(line.clientRef, line.status) for line in first.line]
    each = [("r1", "ACCEPTED"), ("r2", "ACCEPTED"), ("r3", "REJECTED")]
    story.check("SOAP: a part is taken", first.status, "PARTIAL")
    story.check("SOAP: each line has its answer", said, each)
    [bad] = first.line[-1].error
    story.check("SOAP: the bad line is named", (bad.code, bad.field), ("2005", "record[3]/taxId"))
    again = submit(message_id=MESSAGE, record=records)
    story.check("SOAP: the same message again is replayed", again.header.replayed, True)
    later = submit(record=records).acknowledgement
    story.check("SOAP: the same delivery in a new message is replayed", later.replayed, True)
    receipts = [again.acknowledgement.receiptNo, later.receiptNo]
    story.check("SOAP: one receipt for all three", receipts, [first.receiptNo] * 2)
    other = submit(record=records[:1]).acknowledgement
    story.check("SOAP: other content under its number", other.error[0].code, "5001")
    story.numbers["deliveries"] += f" {first.receiptNo}"
    return Told("RD", "pushed the rest by SOAP; a bad line, repeats", number=first.receiptNo)


def see_evidence(story: Story) -> Told:
    """Fill in the month; see what others know of it before anything is sent."""
    _wait_until_read(story)
    brewer, month = story.brewer, story.month_before
    begin_month(brewer, month)
    for beer, bottles in DECLARED.items():
        add_line(brewer, beer.name, bottles, month.replace(day=27))
        brewer.send(more="no" if beer is WHEAT else "yes")
    brewer.open(brewer.address.replace("/calculation", "/evidence"))
    for beer, known in KNOWN.items():
        story.sees(brewer, f"beside the draft, {beer.name}", *known)
    evidence = brewer.address
    brewer.follow(f"/invoices?product={LAGER.gtin14}")
    story.sees(brewer, "the invoices behind it", "INV-0001", "INV-0002", "CN-0001", "INV-0004")
    brewer.open(evidence)
    return Told("brewer", "saw what others know beside the draft, down to each invoice")


def _wait_until_read(story: Story) -> None:
    def read() -> bool:
        story.auditor.open("/evidence/")
        return len(story.auditor.main.find_class("govuk-tag--green")) == 2

    wait_for("both deliveries to be read", read)


def explain_one(story: Story) -> Told:
    """Explain the difference of the stout; that of the lager stays open."""
    brewer = story.brewer
    brewer.follow(f"/explain?product={STOUT.gtin14}")
    brewer.send(reason="damaged-or-lost", words=WHY)
    story.sees(brewer, "the explanation stands with the draft", WHY)
    brewer.follow("/check")
    # What is short of the lager; what was short of the stout is explained.
    named = [missing in brewer.words for missing in ("1,000 ขวด", "200 ขวด")]
    story.check("before sending, only what is not explained is named", named, [True, False])
    return Told("brewer", "explained the 200 bottles of stout, left the lager open")


def send_low(story: Story) -> Told:
    """Send the return as it is, late."""
    brewer = story.brewer
    brewer.send(declared="y")
    tax = sum(beer.tax_satang(bottles) for beer, bottles in DECLARED.items())
    owed = filed(tax, story.month_before, on=story.today)
    story.sees_baht(brewer, "the late return's penalty", owed.penalty)
    story.sees_baht(brewer, "the late return's surcharge", owed.surcharge)
    story.sees_baht(brewer, "the late return's total", owed.total)
    story.sees(brewer, "the explanation is sent along", WHY)
    story.numbers["low return"] = low = brewer.reference
    return Told("brewer", "sent the return late, a thousand bottles too low", owed.total, low)


SECOND_JOB = (bring_in_sales, push_sales, see_evidence, explain_one, send_low)
