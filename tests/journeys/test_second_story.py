"""The second main job, by people in a browser: what others know, an assessment, its receipt."""

import re
from decimal import Decimal

import pypdfium2
import pytest
import sqlalchemy as sa

from exchange.clients.excise import Caller, connect
from exchange.simulators import figures, sales
from exchange.simulators.brewery import BEERS, DECLARED, LAGER, SHORT, STOUT, TAX_ID
from excise.db import Database
from excise.formats import amount
from excise.matching.rules import RULES
from excise.money import baht
from excise.people.models import Person
from excise.periods import add_months
from excise.taxpayers.actions import record_guarantee
from tests import factories
from tests.journeys.conftest import wait_for
from tests.journeys.test_first_story import TODAY, Somebody, hire, sign_up
from web.clock import now

OURS = factories.tax_id(4711)
MONTH = add_months(TODAY.replace(day=1), -2)  # its return is late on any day
OWED = figures.assessed(LAGER.tax_satang(SHORT), MONTH, on=TODAY)
WHY = "แตกเสียหายในคลังสินค้า"


@pytest.fixture(scope="module")
def brewer(chromium, service):
    """A brewer with a telephone, who is registered and has entered three beers."""
    somebody = Somebody(chromium, service, "portal", "brewer2@brewery.example.org", width=320)
    sign_up(somebody)
    database = Database(service.settings.database_url)
    with database.transaction() as session:
        owner = session.scalars(sa.select(Person).where(Person.email == somebody.email)).one()
        settle(session, owner)
    database.close()
    return somebody


def settle(session, owner: Person) -> None:
    place = factories.establishment(
        session, owner=owner, guarantee=False, tax_id=OURS, starts_on=MONTH, at=now()
    )
    record_guarantee(
        session,
        registration=place,
        document_number="LG-00042",
        amount_satang=5_000_000_00,
        valid_from=MONTH,
        valid_until=add_months(MONTH, 12),
        officer_id=factories.officer(session).id,
        at=now(),
    )
    for beer in BEERS:
        factories.product(
            session,
            place,
            name=beer.name,
            unit="ขวด",
            gtin=beer.gtin,
            retail_satang=beer.retail_satang,
            price_from=MONTH,
            measures={
                "volume_l": Decimal(beer.volume_ml).scaleb(-3),
                "degree": Decimal(beer.degree),
            },
            at=now(),
        )


def test_a_low_return_is_seen_assessed_and_paid(brewer, chromium, service, tmp_path):
    auditor = Somebody(chromium, service, "backoffice", "auditor@office.example.org")
    assessor = Somebody(chromium, service, "backoffice", "assessor@office.example.org")
    hire(auditor, service, "auditor", "assessor")
    hire(assessor, service, "assessor")
    bring_in_sales(auditor, tmp_path)
    push_sales(service)
    file_too_low(brewer, auditor)
    case = find_in_queue(auditor)
    assessment = prepare(auditor, case)
    number = approve(assessor, assessment)
    read_the_notice(brewer, number)
    pay_by_message(brewer, service)
    hold_the_receipt(brewer, number)
    assert "FAULT" not in service.excise("check").stdout


def bring_in_sales(auditor: Somebody, folder) -> None:
    right = sales.as_file(sales.file_rows(MONTH)).replace(TAX_ID.encode(), OURS.encode())
    (folder / "wrong.csv").write_bytes(right.replace(b",5200,", b",5200.12345,"))
    (folder / "right.csv").write_bytes(right)
    auditor.go("/evidence/new/vat_sales")
    auditor.page.set_input_files("[name=file]", str(folder / "wrong.csv"))
    auditor.press()
    assert "5200.12345" in auditor.page.locator("tbody").first.inner_text()
    auditor.page.set_input_files("[name=file]", str(folder / "right.csv"))
    auditor.press()
    assert auditor.reference().startswith("VS-")
    assert amount(sales.FILE_SATANG) in auditor.page.locator("main").inner_text()


def agency(service, code: str, right: str) -> Caller:
    said = service.excise("agency", "add", code, code, "--name-en", code, "--right", right)
    return Caller(agency=code, password=said.stdout.split()[-1])


def push_sales(service) -> None:
    records = [record | {"taxId": OURS} for record in sales.as_records(sales.pushed_rows(MONTH))]
    caller = agency(service, "RD", "third-party-data.SubmitVatSales")
    data = connect("third-party-data", service.settings.exchange_url, caller)
    told = data.call("SubmitVatSales", documentNo="RD-4711", record=records).acknowledgement
    assert (told.status, told.counts.accepted) == ("ACCEPTED", 2)


def file_too_low(brewer: Somebody, auditor: Somebody) -> None:
    brewer.go("/returns/new")
    brewer.press("a[href$='/month']")
    brewer.fill(day=MONTH.isoformat())
    brewer.press()
    brewer.press("main a[href$='/lines']")
    brewer.press("main a[href$='/lines/new']")
    for beer, bottles in DECLARED.items():
        choice = brewer.page.locator("[name=product] option", has_text=beer.name)
        brewer.fill(product=choice.get_attribute("value"))
        brewer.press("main form button[type=submit]")
        brewer.date("tax_point_on", "27", str(MONTH.month), str(MONTH.year + 543))
        brewer.fill(units=str(bottles))
        brewer.press()
        more = "no" if beer is BEERS[-1] else "yes"
        brewer.page.locator(f"[name=more][value={more}]").check()
        brewer.press()
    see_what_others_know(brewer, auditor)
    brewer.press("main a[href$='/check']")
    brewer.page.locator("[name=declared]").check()
    brewer.press()
    assert brewer.reference().startswith("PS0307-")
    assert WHY in brewer.page.locator("main").inner_text()


def see_what_others_know(brewer: Somebody, auditor: Somebody) -> None:
    """Wait until both deliveries are read; then two differences stand beside the draft."""
    auditor.go("/evidence/")
    wait_for(
        lambda: auditor.page.reload() and auditor.page.locator(".govuk-tag--green").count() > 1
    )
    auditor.see()
    brewer.go(brewer.page.url.replace("/calculation", "/evidence"))
    explain = brewer.page.locator("main a[href*='/explain']")
    assert explain.count() == 2
    for beer, short in ((LAGER, "1,000"), (STOUT, "200")):
        assert f"{short} ขวด" in brewer.page.locator("main").inner_text(), beer.name
    brewer.press(f"main a[href*='/invoices?product={LAGER.gtin14}']")
    assert "CN-0001" in brewer.page.locator("tbody").inner_text()
    brewer.page.go_back()
    brewer.press(f"main a[href*='/explain?product={STOUT.gtin14}']")
    brewer.press()  # without a reason
    assert brewer.page.locator(".govuk-error-summary a").count() == 1
    reason = brewer.page.locator("[name=reason]").first
    if reason.evaluate("e => e.tagName") == "SELECT":
        reason.select_option("damaged-or-lost")
    else:
        brewer.page.locator("[name=reason][value='damaged-or-lost']").check()
    brewer.fill(words=WHY)
    brewer.press()


def find_in_queue(auditor: Somebody) -> str:
    ours = auditor.page.locator("tbody tr", has_text="โรงงานตัวอย่าง 1")
    by_invoices = ours.filter(has_text=RULES["R01"].title_th)

    def settled() -> bool:
        auditor.page.goto(f"{auditor.base}/cases/?state=explained")
        return ours.filter(has_text=STOUT.name).count() == 1

    wait_for(settled)
    auditor.go("/cases/?state=queued")
    assert by_invoices.count() == 1
    assert amount(LAGER.tax_satang(SHORT)) in by_invoices.inner_text()
    with auditor.page.expect_navigation():
        by_invoices.locator("a").first.click()
    auditor.see()
    assert "INV-0004" in auditor.page.locator("main").inner_text()
    return auditor.page.url


def prepare(auditor: Somebody, case: str) -> str:
    auditor.press("form[action*='/assessments/prepare/'] button")
    draft = auditor.page.url
    auditor.press("a[href$='/terms']")
    auditor.fill(discretion="เรียกเก็บเบี้ยปรับเต็มจำนวน")
    auditor.press()
    assert amount(OWED.total) in auditor.page.locator("main").inner_text()
    auditor.press("form[action$='/propose'] button")
    assert auditor.page.locator("a[href$='/approve']").count() == 0
    refused = auditor.page.goto(f"{draft}/approve")
    assert refused.status == 403
    auditor.see()
    return draft


def approve(assessor: Somebody, assessment: str) -> str:
    assessor.go(assessment)
    assessor.press("a[href$='/approve']")
    assert amount(OWED.total) in assessor.page.locator("h1").inner_text()
    assessor.page.locator("[name=examined]").check()
    assessor.press()
    number = assessor.reference()
    wait_for(
        lambda: assessor.page.reload() and assessor.page.locator("a[href$='notice.pdf']").count()
    )
    assessor.see()
    assert number in text_of(assessor, "a[href$='notice.pdf']")
    return number


def text_of(somebody: Somebody, selector: str) -> str:
    link = somebody.page.locator(selector).first
    with somebody.page.expect_download() as pdf:
        link.evaluate("a => { a.download = ''; a.click() }")
    document = pypdfium2.PdfDocument(pdf.value.path().read_bytes())
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def read_the_notice(brewer: Somebody, number: str) -> None:
    brewer.go("/")
    assert number in brewer.page.locator("main").inner_text()  # what to pay stands first
    wait_for(lambda: number in letter_of(brewer))
    brewer.go(f"/assessments/{number}")
    assert amount(OWED.total) in brewer.page.locator("h1").inner_text()
    paper = text_of(brewer, "a[href$='.pdf']")
    assert number in paper
    assert amount(OWED.total) in paper
    brewer.press("main a[href*='/bills/']")


def letter_of(brewer: Somebody) -> str:
    brewer.page.goto(brewer.inbox)
    return brewer.page.locator("tbody tr", has_text=brewer.email).first.inner_text()


def pay_by_message(brewer: Somebody, service) -> None:
    ref1 = brewer.reference()
    shown = brewer.page.locator(".app-code figcaption").last.inner_text()
    ref2 = re.search(rf"{ref1} (\d+) {OWED.total}", shown)
    assert ref2, shown
    bank = agency(service, "KTB", "payment.NotifyPayment")
    payment = {
        "bankCode": "KTB",
        "transactionId": f"S{ref1}",
        "paidAt": now(),
        "amount": baht(OWED.total),
        "ref1": ref1,
        "ref2": ref2[1],
        "channel": "Mobile",
    }
    door = connect("payment", service.settings.exchange_url, bank)
    first, again = (door.call("NotifyPayment", **payment) for _ in range(2))
    assert first.payment.state == "ALLOCATED"
    assert again.acknowledgement.replayed
    assert again.payment.receiptNo == first.payment.receiptNo


def hold_the_receipt(brewer: Somebody, number: str) -> None:
    brewer.go(f"/assessments/{number}")
    brewer.press("main a[href*='/receipts/']")
    wait_for(lambda: brewer.page.reload() and brewer.page.locator("a[href$='.pdf']").count())
    brewer.see()
    paper = text_of(brewer, "main a[href$='.pdf']")
    assert number in paper
    assert amount(OWED.total) in paper
