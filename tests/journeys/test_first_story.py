"""The first main job, by people in a browser: from signing up to the receipt in hand."""

import re
import urllib.request
from datetime import UTC, datetime
from decimal import Decimal

import pyotp
import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import Page, expect

from excise.payments.codes import parse_promptpay
from excise.periods import BANGKOK
from tests.journeys.conftest import axe, new_page, wait_for

PASSWORD = "three quiet elephants"
SUBMIT = "main form[method=post] button[type=submit]"
TODAY = datetime.now(UTC).astimezone(BANGKOK).date()


class Somebody:
    """A person with a browser window; every page they see is held against axe."""

    def __init__(self, chromium, service, site, email, **window):
        settings = service.settings
        self.base = settings.public_url if site == "portal" else settings.backoffice_url
        self.inbox = f"{settings.public_url}/inbox/"
        self.email = email
        self.page: Page = new_page(chromium, **window)

    def go(self, path: str) -> None:
        self.page.goto(path if path.startswith("http") else self.base + path)
        self.see()

    def see(self) -> None:
        assert axe(self.page) == [], self.page.url
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{self.page.url} is {wide} px too wide"

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            field = self.page.locator(f"main [name='{name}']").first
            if field.evaluate("e => e.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)

    def date(self, name: str, day: str, month: str, year: str) -> None:
        self.fill(**{f"{name}-day": day, f"{name}-month": month, f"{name}-year": year})

    def press(self, selector: str = SUBMIT) -> None:
        """Click what leads to another page, and look at that one: a click does not wait for it."""
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()
        self.see()

    def letter(self) -> str:
        """Open the newest letter to this person and return the link in it."""

        def here() -> int:
            self.page.goto(self.inbox)
            return self.page.locator("tbody tr", has_text=self.email).count()

        wait_for(here)
        with self.page.expect_navigation():
            self.page.locator("tbody tr", has_text=self.email).first.locator("a").click()
        return self.page.locator(".govuk-inset-text a").first.get_attribute("href") or ""

    def reference(self) -> str:
        return self.page.locator("[data-reference]").first.get_attribute("data-reference") or ""

    def sign_in(self) -> None:
        self.go("/account/sign-in")
        self.fill(email=self.email, password=PASSWORD)
        self.press()


def hire(somebody: Somebody, service, *roles: str) -> None:
    """Invite an officer, who sets a password by mail and a second factor by telephone."""
    words = [word for role in roles for word in ("--role", role)]
    service.excise("invite", somebody.email, "สมศรี ทะเบียนดี", *words)
    somebody.go("/account/reset")
    somebody.fill(email=somebody.email)
    somebody.press()
    somebody.go(somebody.letter())
    somebody.fill(password=PASSWORD, password_confirm=PASSWORD)
    somebody.press()
    somebody.sign_in()
    key = somebody.page.locator("code[data-key]")
    if not key.count():
        somebody.press()
    somebody.fill(code=pyotp.TOTP(key.get_attribute("data-key")).now())
    somebody.press()


@pytest.fixture(scope="module")
def brewer(chromium, service):
    return Somebody(chromium, service, "portal", "brewer@brewery.example.org")


@pytest.fixture(scope="module")
def officer(chromium, service):
    return Somebody(chromium, service, "backoffice", "registrar@office.example.org")


def test_a_brewery_signs_up_files_pays_and_holds_the_receipt(brewer, officer, service, tmp_path):
    sign_up(brewer)
    application = register(brewer)
    hire(officer, service, "registrar", "cashier")
    approve(officer, application)
    enter_a_product(brewer)
    sent = file_before_removal(brewer)
    ref1, ref2, amount = see_the_bill(brewer)
    statement = tmp_path / "statement.csv"
    statement.write_text(
        "bank_code,transaction_id,paid_at,amount,ref1,ref2,channel\n"
        f"KTB,T{ref1},{TODAY}T08:00:00,{amount},{ref1},{ref2},PromptPay\n"
        f"TOTAL,1,{amount}\n"
    )
    bring_in(officer, statement)
    again = service.excise("import", "bank", str(statement))
    assert "1 rows" in again.stdout
    hold_the_receipt(brewer, service, sent)
    checked = service.excise("check")
    assert "FAULT" not in checked.stdout


def sign_up(brewer: Somebody) -> None:
    brewer.go("/")
    brewer.go("/account/register")
    brewer.fill(name="สมชาย ใจดี", email=brewer.email, password=PASSWORD)
    brewer.press()
    brewer.go(brewer.letter())
    brewer.sign_in()
    expect(brewer.page.locator("h1")).to_be_visible()


def register(brewer: Somebody) -> str:
    brewer.go("/registrations/new")
    brewer.press()  # nothing entered: every field says what it wants
    assert brewer.page.locator(".govuk-error-summary a").count() >= 8
    brewer.fill(tax_id="0-1055-58096-34-9", taxpayer_name="บริษัท โรงเบียร์บ้านเรา จำกัด")
    brewer.page.locator("[name=establishment_type][value='1']").check()
    brewer.page.locator("[name=duty_groups][value='7001']").check()
    brewer.date("starts_on", "1", str(TODAY.month), str(TODAY.year + 543))
    brewer.fill(name="โรงเบียร์ 1", address="1 หมู่ 1 ตำบลบางปะอิน", postcode="13160")
    brewer.fill(phone="02 555 0101", province="พระนครศรีอยุธยา", office_code="010100")
    brewer.press()
    wrong = brewer.page.locator(".govuk-error-summary")
    expect(wrong).to_be_focused()  # the check digit is wrong, and only that
    assert wrong.locator("a").count() == 1
    brewer.fill(tax_id="0-1055-58096-34-8")
    brewer.press()
    brewer.press()  # check your answers
    reference = brewer.reference()
    assert re.fullmatch(r"REG\d{4}\d{6}", reference)
    return reference


def approve(officer: Somebody, application: str) -> None:
    officer.go("/registrations/")
    officer.press(f"a[href$='{application}']")
    officer.go(f"/registrations/{application}/approve")
    officer.press()


def enter_a_product(brewer: Somebody) -> None:
    brewer.go("/registrations/")
    brewer.press("a[href$='/products']")
    number = re.search(r"/establishments/(\d{17})/", brewer.page.url)
    assert number is not None
    brewer.go(f"/establishments/{number[1]}/products/new/beer")
    brewer.fill(name="เบียร์บ้านเรา 620 มล.", unit="ขวด", volume_l="0.62", degree="๕")
    brewer.press()
    brewer.press("a[href$='/price']")
    brewer.fill(retail_price="69")
    brewer.date("effective_from", "1", str(TODAY.month), str(TODAY.year))
    brewer.press()
    brewer.press()
    assert brewer.reference().startswith("SRP")


def file_before_removal(brewer: Somebody) -> str:
    brewer.go("/returns/new")
    brewer.press("a[href$='/removal']")
    brewer.press()  # goods leave today
    brewer.press("main a[href$='/lines']")
    brewer.press("main a[href$='/lines/new']")
    brewer.press("main form button[type=submit]")  # the only product
    brewer.fill(units="๑,๐๐๐")
    brewer.press()
    brewer.page.locator("[name=more][value=no]").check()
    brewer.press()
    # 14,187.80 on value + 13,330.00 on alcohol + local 2,751.78 + funds 3 × 550.36 + 412.77
    assert "32,333.43" in brewer.page.locator("h1").inner_text()
    brewer.press("main a[href$='/check']")
    brewer.page.locator("[name=declared]").check()
    brewer.page.locator(SUBMIT).first.dblclick()
    brewer.page.wait_for_url("**/returns/sent/*")
    brewer.see()
    reference = brewer.reference()
    repeat_in_every_way(brewer, reference)
    return reference


def repeat_in_every_way(brewer: Somebody, reference: str) -> None:
    """Go back and send again, and send from a second tab: it is the first answer each time."""
    brewer.page.go_back()
    if brewer.page.locator("[name=declared]").count():
        brewer.page.locator("[name=declared]").check()
        brewer.page.locator(SUBMIT).first.click()
        brewer.page.wait_for_url("**/returns/sent/*")
    brewer.go(f"/returns/sent/{reference}")
    assert brewer.reference() == reference


def see_the_bill(brewer: Somebody) -> tuple[str, str, str]:
    brewer.press("main a[href*='/bills/']")
    shown = brewer.page.locator(".app-code--qr img").screenshot(scale="css")
    told = parse_promptpay(decoded(shown))
    assert told.ref1 == brewer.reference()
    with brewer.page.expect_download() as slip:
        brewer.page.locator("a[href$='slip.pdf']").evaluate("a => { a.download = ''; a.click() }")
    assert slip.value.path().read_bytes().startswith(b"%PDF")
    return told.ref1, told.ref2, str(Decimal(told.amount_satang) / 100)


def decoded(png: bytes) -> str:
    import io

    from PIL import Image

    [found] = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)))
    return found.text


def bring_in(officer: Somebody, statement) -> None:
    officer.go("/payments/files/new")
    officer.page.set_input_files("[name=file]", str(statement))
    officer.press()
    assert "ตัดชำระแล้ว" in officer.page.locator("main").inner_text()


def hold_the_receipt(brewer: Somebody, service, sent: str) -> None:
    brewer.go("/receipts/")
    brewer.press("main a[href*='/receipts/']")
    wait_for(lambda: brewer.page.reload() and brewer.page.locator("a[href$='.pdf']").count())
    brewer.see()
    with brewer.page.expect_download() as pdf:
        brewer.page.locator("a[href$='.pdf']").first.click()
    document = pypdfium2.PdfDocument(pdf.value.path().read_bytes())
    text = document[0].get_textpage().get_text_range()
    assert sent in text
    assert "เบียร์บ้านเรา 620 มล." in text
    picture = document[0].render(scale=3).to_pil()
    [address] = [code.text for code in zxingcpp.read_barcodes(picture) if "/v/" in code.text]
    with urllib.request.urlopen(address, timeout=10) as answer:  # anybody, without signing in
        page = answer.read().decode()
    assert "โรงเบียร์บ้านเรา" not in page  # the name is masked
    number = re.search(r"/v/([^/]+)/", address)
    assert number is not None
    assert number[1] in page
