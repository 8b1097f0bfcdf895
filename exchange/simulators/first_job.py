"""The first main job: a brewery signs up, registers, files its month, pays, holds the receipt."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

from exchange.simulators import documents
from exchange.simulators.agencies import Agency
from exchange.simulators.brewery import BEERS, COMPANY, LAGER, LAST_MONTH, TAX_ID
from exchange.simulators.figures import Owed, filed
from exchange.simulators.installation import wait_for
from exchange.simulators.people import Visitor
from exchange.simulators.story import Story, Told
from excise.formats import amount
from excise.money import baht
from excise.periods import BUDDHIST_YEARS_AHEAD, add_months

STAFF = {
    "registrar": ("สมศรี ทะเบียนดี", "นักวิชาการสรรพสามิตชำนาญการ", ["registrar", "cashier"]),
    # May approve, but never what she prepared.
    "auditor": ("อนุชา ตรวจสอบ", "นักตรวจสอบภาษีชำนาญการ", ["auditor", "assessor"]),
    "assessor": ("ศิริพร ประเมินชอบ", "ผู้อำนวยการส่วนตรวจสอบภาษี", ["assessor"]),
}
AGENCIES = {
    "RD": [
        "third-party-data.SubmitVatSales",
        "taxpayer-registry.GetTaxpayer",
        "filing.GetReturnStatus",
    ],
    "KTB": ["payment.NotifyPayment", "document.VerifyDocument"],
}


def all_come_in(story: Story) -> Told:
    """Let officers and agencies in at the terminal; each officer sets up a second factor."""
    others = [
        ["agency", "add", code, code, "--name-en", code, *_each("--right", rights)]
        for code, rights in AGENCIES.items()
    ]
    people = [
        ["invite", f"{part}@office.example.org", name, "--position", position]
        + _each("--role", roles)
        for part, (name, position, roles) in STAFF.items()
    ]
    with ThreadPoolExecutor() as terminals:
        printed = list(terminals.map(lambda words: story.place.excise(*words), others + people))
    for code, words in zip(AGENCIES, printed, strict=False):
        story.agencies[code] = Agency(story.place, code, password=words.split()[-1])
    for officer in (story.registrar, story.auditor, story.assessor):
        officer.come_in()
    return Told("terminal", "let in three officers with a second factor, and two agencies")


def _each(option: str, values: list[str]) -> list[str]:
    return [word for value in values for word in (option, value)]


def sign_up(story: Story) -> Told:
    """Open an account; the letter confirms the address."""
    story.brewer.sign_up("สมชาย ใจดี")
    return Told("brewer", "signed up, confirmed the address by the letter, signed in")


def day(name: str, on: date) -> dict[str, str]:
    """Return the three boxes of a date field, in the Buddhist Era."""
    year = str(on.year + BUDDHIST_YEARS_AHEAD)
    return {f"{name}-day": str(on.day), f"{name}-month": str(on.month), f"{name}-year": year}


def register(story: Story) -> Told:
    """Apply for the registration of the brewery (ภส.01-01)."""
    brewer = story.brewer
    brewer.open("/registrations/new")
    brewer.send(
        day("starts_on", story.month_before),
        tax_id=TAX_ID,
        taxpayer_name=COMPANY,
        establishment_type="1",
        duty_groups=["7001"],
        name="โรงเบียร์ 1",
        address="1 หมู่ 1 ตำบลบางปะอิน",
        province="พระนครศรีอยุธยา",
        postcode="13160",
        phone="02 555 0101",
        office_code="010100",
    )
    brewer.send(to="/send")
    story.numbers["application"] = brewer.reference
    return Told("brewer", "applied to register a brewery, ภส.01-01", number=brewer.reference)


def approve(story: Story) -> Told:
    """Decide the application; the number of the registration has the owner's tax number in it."""
    officer, application = story.registrar, story.numbers["application"]
    officer.open("/registrations/")
    officer.follow(f"/registrations/{application}")
    officer.follow("/approve")
    officer.send()
    story.numbers["registration"] = number = officer.found(rf"{TAX_ID}\d{{4}}")
    story.check("the registration's number", number, f"{TAX_ID}1001")
    return Told("registrar", "approved it", number=number)


def lodge_guarantee(story: Story) -> Told:
    """Record the guarantee that lets the brewery file by the month."""
    officer, first = story.registrar, story.month_before
    officer.follow("/guarantee")
    officer.send(
        day("valid_from", first) | day("valid_until", add_months(first, 36)),
        document_number="LG-00042",
        amount_satang="5,000,000",
    )
    return Told("registrar", "put a bank's guarantee on record", 5_000_000_00, "LG-00042")


def enter_products(story: Story) -> Told:
    """Enter the beers and notify their prices (ภส.02-01)."""
    brewer = story.brewer
    for beer in BEERS:
        brewer.open(f"/establishments/{story.numbers['registration']}/products/new/beer")
        volume, degree = str(Decimal(beer.volume_ml).scaleb(-3)), str(beer.degree)
        brewer.send(name=beer.name, unit="ขวด", gtin=beer.gtin, volume_l=volume, degree=degree)
        brewer.follow("/price")
        price = amount(beer.retail_satang)
        brewer.send(day("effective_from", story.month_before), retail_price=price)
        story.sees_baht(brewer, f"price without VAT, {beer.name}", beer.price_satang)
        brewer.send(to="/notify")
    return Told("brewer", f"entered {len(BEERS)} beers with their prices", number=brewer.reference)


def begin_month(brewer: Visitor, month: date) -> None:
    """Begin the return of a month, up to the choice of its first product."""
    brewer.open("/returns/new")
    brewer.follow("/month")
    brewer.send(day=month.isoformat())
    brewer.follow("/lines")
    brewer.follow("/lines/new")


def add_line(brewer: Visitor, name: str, bottles: int, on: date) -> None:
    """Choose a beer and enter so many bottles that left on a day."""
    [choice] = brewer.main.xpath(f".//select[@name='product']/option[. = '{name}']/@value")
    brewer.send(product=str(choice))
    brewer.send(day("tax_point_on", on), units=f"{bottles:,}")


def owed_for(story: Story) -> Owed:
    """Work out last month's return."""
    return filed(LAGER.tax_satang(LAST_MONTH), story.last_month, on=story.today)


def calculate(story: Story) -> Told:
    """Fill in last month's return; every figure of the page is worked out here once more."""
    brewer, owed = story.brewer, owed_for(story)
    begin_month(brewer, story.last_month)
    add_line(brewer, LAGER.name, LAST_MONTH, story.last_month.replace(day=9))
    brewer.send(more="no")
    story.sees_baht(brewer, f"excise tax on {LAST_MONTH:,} bottles", owed.tax)
    story.sees_baht(brewer, "local tax", owed.local)
    story.sees_baht(brewer, "the return's total", owed.total)
    calculation = brewer.address
    brewer.open(calculation.replace("/calculation", "/evidence"))
    story.check("figures of others in a silent month", len(brewer.links("/evidence/")), 0)
    brewer.open(calculation)
    return Told("brewer", f"filled in last month's return, {LAST_MONTH:,} bottles", owed.total)


def send_return(story: Story) -> Told:
    """Declare and send; the same pressed again is the same return."""
    brewer = story.brewer
    brewer.follow("/check")
    old_tab = brewer.address
    brewer.send(declared="y")
    story.numbers["return"] = first = brewer.reference
    brewer.open(old_tab)
    story.check("sent again from an old tab, the first return answers", brewer.reference, first)
    return Told("brewer", "sent the return", owed_for(story).total, first)


def pay_by_file(story: Story) -> Told:
    """See the bill, pay it at the bank; its statement file is brought in by the cashier."""
    cashier, ref1, ref2 = story.registrar, *see_bill(story, owed_for(story).total)
    slip = story.brewer.download("slip.pdf")
    story.check("the pay-in slip is a PDF", slip.startswith(b"%PDF-"), True)
    (story.out / f"pay-in-{ref1}.pdf").write_bytes(slip)
    paid = baht(owed_for(story).total)
    statement = (
        "bank_code,transaction_id,paid_at,amount,ref1,ref2,channel\n"
        f"KTB,T{ref1},{story.today}T00:00:01,{paid},{ref1},{ref2},PromptPay\nTOTAL,1,{paid}\n"
    ).encode()
    (story.out / "bank-statement.csv").write_bytes(statement)
    cashier.open("/payments/files/new")
    cashier.send(file=("bank-statement.csv", statement), to="/files/new")
    story.sees_baht(cashier, "sum of the bank's file", owed_for(story).total)
    return Told("cashier", "brought in the bank's statement file", owed_for(story).total, ref1)


def see_bill(story: Story, satang: int) -> tuple[str, str]:
    """Open the bill that the page leads to; return the two references of its barcode."""
    story.brewer.follow("/bills/")
    code = story.brewer.found(rf"\d{{15}} {story.brewer.reference} \d+ \d+").split()
    story.check("the bill's barcode asks for", amount(int(code[3])), amount(satang))
    return code[1], code[2]


def hold_receipt(story: Story) -> Told:
    """Open the receipt and keep its PDF; anybody may check it by the code printed on it."""
    satang = owed_for(story).total
    number = keep_receipt(story, story.numbers["return"], satang)
    return Told("brewer", "holds the receipt; its public check says it is real", satang, number)


def keep_receipt(story: Story, paid_for: str, satang: int) -> str:
    """Save the newest receipt and check it; return its number."""
    brewer = story.brewer

    def made() -> bool:
        brewer.open("/receipts/")
        brewer.follow("/receipts/2")
        return paid_for in brewer.words and bool(brewer.links(".pdf"))

    wait_for(f"the receipt for {paid_for}", made)
    return check_paper(story, "receipt", brewer.download(".pdf"), satang)


def check_paper(story: Story, kind: str, pdf: bytes, satang: int) -> str:
    """Keep a document, and hold seal, facts and public check against it; return its number."""
    paper = documents.read(pdf)
    (story.out / f"{kind}-{paper.number}.pdf").write_bytes(pdf)
    story.codes[paper.number] = paper.check_address.rpartition("/")[2]
    story.check(f"the seal on the {kind}", paper.is_sealed, True)
    story.check(f"the facts in the {kind} sum to", amount(paper.total_satang), amount(satang))
    anybody = Visitor(story.place, story.place.portal, "nobody")
    anybody.open(paper.check_address)
    story.sees(anybody, f"public check of the {kind}", paper.number, paper.sha256)
    story.sees_baht(anybody, f"public check of the {kind}, amount", satang)
    return paper.number


FIRST_JOB = (
    all_come_in,
    sign_up,
    register,
    approve,
    lodge_guarantee,
    enter_products,
    calculate,
    send_return,
    pay_by_file,
    hold_receipt,
)
