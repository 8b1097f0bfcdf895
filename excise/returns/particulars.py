"""What the bill and the receipt of a filed return say, and of an assessment."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy.orm import Session

from excise.documents.facts import Filing, Payer
from excise.documents.facts import Office as OfficeFacts
from excise.documents.receipt import ReceiptLine
from excise.formats import amount, date_text, quantity
from excise.offices.models import Office
from excise.receipts.particulars import FundCharge, Particulars
from excise.returns.lines import Entered
from excise.returns.models import QUANTITY_PLACES, Basis, Return
from excise.returns.rules import ReturnTax
from excise.tariff.rules import LineTax, describe_rate
from excise.tariff.schema import Tariff
from excise.taxpayers.models import Registration

MOST_LINES = 50  # of a receipt; of more lines it says what each product comes to


def particulars_of(
    session: Session,
    tariff: Tariff,
    tax: ReturnTax,
    *,
    registration: Registration,
    lines: Sequence[Entered],
    filing: Filing,
) -> Particulars:
    """Put what was filed or assessed into the words of its bill and its receipt."""
    names = {fund.code: fund for fund in tariff.funds}
    return Particulars(
        office=office_facts(session, registration.office_code),
        payer=payer_facts(registration),
        tax_return=filing,
        lines=_receipt_lines(tariff, lines, tax.lines),
        tax_satang=tax.additions.net_excise_satang,
        penalty_satang=tax.penalty_satang,
        surcharge_satang=tax.surcharge_satang,
        local_satang=tax.local_satang,
        funds=tuple(
            FundCharge(
                code=code,
                name_th=names[code].th,
                name_en=names[code].en,
                amount_satang=satang,
            )
            for code, satang in tax.additions.funds_satang.items()
        ),
        tariff_edition=f"{tariff.name} {tariff.digest[:12]}",
    )


def office_facts(session: Session, code: str) -> OfficeFacts:
    """Return the office as documents name it."""
    office = session.get_one(Office, code)
    return OfficeFacts(
        code=office.code,
        name_th=office.name_th,
        name_en=office.name_en,
        address=office.address_th,
        phone=office.phone,
    )


def payer_facts(registration: Registration) -> Payer:
    """Return who owes the tax, for which establishment, as documents name them."""
    return Payer(
        name=registration.taxpayer.name_th,
        tax_id=registration.taxpayer.tax_id,
        registration_number=registration.number or "",
        address=f"{registration.address} {registration.province} {registration.postcode}",
        establishment=registration.name,
    )


def period_in_words(tax_return: Return, lang: str) -> str:
    """Say what the return is for: a month, or goods leaving on a day."""
    if tax_return.basis is Basis.MONTH:
        return date_text(tax_return.period, lang, "month")
    assert tax_return.removal_on is not None
    day = date_text(tax_return.removal_on, lang)
    return f"นำสินค้าออกวันที่ {day}" if lang == "th" else f"goods leaving on {day}"


def _receipt_lines(
    tariff: Tariff, lines: Sequence[Entered], taxes: Sequence[LineTax]
) -> tuple[ReceiptLine, ...]:
    """Return a line for each line; of very many, one for each product and rate."""
    pairs = list(zip(lines, taxes, strict=True))
    if len(pairs) <= MOST_LINES:
        return tuple(_line(tariff, line, worked) for line, worked in pairs)
    groups: dict[tuple[int, str], list[tuple[Entered, LineTax]]] = {}
    for line, worked in pairs:
        rate = describe_rate(tariff, line.product.item, line.tax_point_on)[0]
        groups.setdefault((line.product.id, rate), []).append((line, worked))
    return tuple(_summary(tariff, group) for group in groups.values())


def _summary(tariff: Tariff, group: list[tuple[Entered, LineTax]]) -> ReceiptLine:
    first, worked = group[0]
    receipts = [line.receipts_satang for line, _ in group if line.receipts_satang is not None]
    units = Decimal(sum(line.units for line, _ in group)).scaleb(-QUANTITY_PLACES)
    one = _line(tariff, first, worked)
    base = f"{amount(sum(receipts))} บาท" if receipts else f"{quantity(units)} {first.product.unit}"
    told = {
        "text_th": f"{one.text_th} รวม {len(group)} รายการ",
        "text_en": f"{one.text_en}, {len(group)} lines",
        "base": base,
        "amount_satang": sum(tax.excise_satang for _, tax in group),
    }
    return one.model_copy(update=told if len(group) > 1 else {})


def _line(tariff: Tariff, line: Entered, worked: LineTax) -> ReceiptLine:
    item = tariff.item(line.product.item)
    return ReceiptLine(
        text_th=f"{line.product.name} ({item.name_th})",
        text_en=item.name_en,
        base=base_in_words(line),
        rate=describe_rate(tariff, item.id, line.tax_point_on)[0],
        amount_satang=worked.excise_satang,
    )


def base_in_words(line: Entered) -> str:
    """Say how much of it: the quantity, or the receipts of a service."""
    if line.receipts_satang is not None:
        return f"{amount(line.receipts_satang)} บาท"
    return f"{quantity(line.quantity)} {line.product.unit}"
