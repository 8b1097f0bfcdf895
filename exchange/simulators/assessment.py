"""The second main job goes on: from the officers' queue to the receipt of what was assessed."""

from typing import Any

from exchange.simulators import figures
from exchange.simulators.agencies import Agency, fault_of_hostile
from exchange.simulators.brewery import BEERS, COMPANY, LAGER, SHORT, STOUT, TAX_ID
from exchange.simulators.first_job import check_paper, keep_receipt, see_bill
from exchange.simulators.installation import wait_for
from exchange.simulators.people import Visitor
from exchange.simulators.story import Story, Told
from excise.money import baht, satang
from excise.periods import TaxMonth

DISCRETION = "เรียกเก็บเบี้ยปรับเต็มจำนวน เนื่องจากเห็นข้อมูลก่อนยื่นแบบแล้วไม่ชี้แจง"


def find_in_queue(story: Story) -> Told:
    """See what the comparison brought: one waits, one is explained, nothing else is open."""
    officer, stake = story.auditor, LAGER.tax_satang(SHORT)

    def beers_in(state: str) -> list[str]:
        officer.open(f"/cases/?state={state}")
        rows = [row.text_content() for row in officer.main.xpath(".//tbody/tr")]
        return sorted(beer.name for row in rows for beer in BEERS if beer.name in row)

    wait_for("the comparison after filing", lambda: beers_in("explained") == [STOUT.name])
    # Neither the wheat beer, within tolerance, nor the month of which nobody told.
    story.check("open, of all products and months", beers_in("open"), [LAGER.name, STOUT.name])
    story.check("waiting in the queue", beers_in("queued"), [LAGER.name])
    story.sees_baht(officer, "excise at stake", stake)
    officer.follow("/cases/DC-")
    documents = ("INV-0001, 1", "INV-0002, 1", "CN-0001, 1", "INV-0004, 1")
    story.sees(officer, "its figures", "10,000 ขวด", "9,000 ขวด", "1,000 ขวด")
    story.sees(officer, "the documents behind it", *documents)
    story.sees(officer, "the deliveries behind them", *story.numbers["deliveries"].split())
    case = officer.address.rpartition("/")[2]
    return Told("auditor", "found the lager in the queue, with every invoice", stake, case)


def assessed(story: Story) -> figures.Owed:
    """Work out what is asked for the bottles that are short."""
    return figures.assessed(LAGER.tax_satang(SHORT), story.month_before, on=story.today)


def prepare(story: Story) -> Told:
    """Prepare the assessment, propose it, and be refused its approval: four eyes."""
    officer, owed = story.auditor, assessed(story)
    officer.send(to="/assessments/prepare/")
    draft = officer.address
    officer.follow("/terms")
    officer.send(discretion=DISCRETION)
    story.sees_baht(officer, "the assessment's penalty", owed.penalty)
    story.sees_baht(officer, "the assessment's surcharge", owed.surcharge)
    story.sees_baht(officer, "the assessment's total", owed.total)
    officer.send(to="/propose")
    story.check("ways to approve one's own", len(officer.links("/approve")), 0)
    officer.open(f"{draft}/approve", refused=True)
    officer.open(draft)
    officer.force(f"{draft}/approve", agreed_satang=str(owed.total), examined="y")
    story.numbers["assessment"] = number = draft.rpartition("/")[2]
    return Told("auditor", "proposed an assessment; may not approve it", owed.total, number)


def approve(story: Story) -> Told:
    """Approve it as a second officer; the worker makes the notice and serves it."""
    officer, owed = story.assessor, assessed(story)
    officer.open("/assessments/?state=proposed")
    officer.follow(f"/assessments/{story.numbers['assessment']}")
    shown = officer.address
    officer.follow("/approve")
    story.sees_baht(officer, "the total that is approved", owed.total)
    officer.send(examined="y")
    story.numbers["notice"] = number = officer.reference

    def served() -> bool:
        officer.open(shown)
        return bool(officer.links("notice.pdf"))

    wait_for(f"the notice {number} to be served", served)
    printed = check_paper(story, "notice", officer.download("notice.pdf"), owed.total)
    story.check("the notice's number", printed, number)
    return Told("assessor", "approved it; the notice was served", owed.total, number)


def receive_notice(story: Story) -> Told:
    """Open the page that the letter names: what is asked, and why; the same document."""
    brewer, owed, number = story.brewer, assessed(story), story.numbers["notice"]
    brewer.letter(number)
    story.sees(brewer, "the taxpayer's page says why", DISCRETION)
    story.sees_baht(brewer, "the taxpayer's page, total", owed.total)
    theirs = (story.out / f"notice-{number}.pdf").read_bytes()
    story.check("the taxpayer's PDF is the officer's", brewer.download(".pdf") == theirs, True)
    return Told("brewer", "read the notice and its reasons", owed.total, number)


def pay_by_message(story: Story) -> Told:
    """Pay at the bank, which tells of it by SOAP, twice; the receipt follows."""
    bank, total = story.agencies["KTB"], assessed(story).total
    ref1, ref2 = see_bill(story, total)
    payment: dict[str, Any] = {
        "bankCode": "KTB",
        "transactionId": f"S{ref1}",
        "paidAt": f"{story.today}T00:00:02+07:00",
        "amount": baht(total),
        "ref1": ref1,
        "ref2": ref2,
        "channel": "Mobile",
    }
    first, again = (bank.ask("payment", "NotifyPayment", **payment) for _ in range(2))
    story.check("SOAP: the money found its bill", first.payment.state, "ALLOCATED")
    story.check("SOAP: told twice, taken once", again.acknowledgement.replayed, True)
    story.numbers["receipt"] = number = keep_receipt(story, story.numbers["notice"], total)
    told = [each.payment.receiptNo for each in (first, again)]
    story.check("SOAP: both answers name the receipt", told, [number, number])
    return Told("KTB", "told of the payment by SOAP, twice; one receipt", total, number)


def others_ask(story: Story) -> Told:
    """Let agencies ask about documents, returns and the taxpayer."""
    bank, department, numbers = story.agencies["KTB"], story.agencies["RD"], story.numbers
    for number, kind in ((numbers["notice"], "assessment"), (numbers["receipt"], "receipt")):
        code = story.codes[number]
        real = bank.ask("document", "VerifyDocument", number=number, code=code).verification
        told = (real.result, real.kind, satang(real.total))
        story.check(f"SOAP: {number} is real", told, ("VALID", kind, assessed(story).total))
    wrong = bank.ask("document", "VerifyDocument", number=number, code="0000-0000-0000")
    story.check("SOAP: with another code it is unknown", wrong.verification.result, "NOT_FOUND")
    paid = department.ask("filing", "GetReturnStatus", reference=numbers["return"]).taxReturn
    story.check("SOAP: the first return is paid", [each.paid for each in paid], [True])
    month = str(TaxMonth.of(story.month_before))
    key = {"registrationNumber": numbers["registration"], "form": "0307", "period": month}
    [low] = department.ask("filing", "GetReturnStatus", key=key).taxReturn
    story.check(
        "SOAP: the late return is not", (low.reference, low.paid), (numbers["low return"], False)
    )
    taxpayer = department.ask("taxpayer-registry", "GetTaxpayer", taxId=TAX_ID).taxpayer
    known = (taxpayer.nameTh, [each.number for each in taxpayer.registration])
    story.check("SOAP: the taxpayer", known, (COMPANY, [numbers["registration"]]))
    return Told("KTB, RD", "asked about documents, returns and the taxpayer", number=TAX_ID)


def strangers_try(story: Story) -> Told:
    """Be refused with the right fault: a wrong password, a missing right, hostile XML."""
    place, bank = story.place, story.agencies["KTB"]
    thief = Agency(place, "KTB", "guessed")
    for who, expected in ((thief, "Client.AuthenticationFailed"), (bank, "Client.NotAuthorised")):
        fault = who.fault("taxpayer-registry", "GetTaxpayer", taxId=TAX_ID)
        story.check("SOAP: a fault for who may not ask", fault, expected)
    story.check("SOAP: a fault for hostile XML", fault_of_hostile(place), "Client.Malformed")
    other = Visitor(place, place.portal, "other@brewery.example.org")
    other.sign_up("วิชัย คนอื่น")
    other.open(f"/assessments/{story.numbers['notice']}", refused=True)
    return Told("strangers", "were refused: wrong password, no right, hostile XML, others' notice")


ASSESSMENT = (
    find_in_queue,
    prepare,
    approve,
    receive_notice,
    pay_by_message,
    others_ask,
    strangers_try,
)
