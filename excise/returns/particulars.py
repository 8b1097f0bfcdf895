"""What a filed return's bill and receipt say."""

from datetime import datetime

from sqlalchemy.orm import Session

from excise.documents.facts import Filing, Payer
from excise.documents.facts import Office as OfficeFacts
from excise.documents.receipt import ReceiptLine
from excise.formats import amount, date_text, quantity
from excise.offices.models import Office
from excise.receipts.particulars import FundCharge, Particulars
from excise.returns.models import Basis, Return, ReturnLine
from excise.returns.rules import ReturnTax
from excise.tariff.rules import LineTax, describe_rate
from excise.tariff.schema import Tariff


def particulars_of(
    session: Session,
    tariff: Tariff,
    tax_return: Return,
    tax: ReturnTax,
    *,
    reference: str,
    original_sha256: str,
    at: datetime,
) -> Particulars:
    """Put the return, as it is filed now, into the words of its bill."""
    registration = tax_return.registration
    office = session.get_one(Office, registration.office_code)
    names = {fund.code: fund for fund in tariff.funds}
    return Particulars(
        office=OfficeFacts(
            code=office.code,
            name_th=office.name_th,
            name_en=office.name_en,
            address=office.address_th,
            phone=office.phone,
        ),
        payer=Payer(
            name=registration.taxpayer.name_th,
            tax_id=registration.taxpayer.tax_id,
            registration_number=registration.number or "",
            address=f"{registration.address} {registration.province} {registration.postcode}",
            establishment=registration.name,
        ),
        tax_return=Filing(
            form=f"ภส.{tax_return.form.value[:2]}-{tax_return.form.value[2:]}",
            reference=reference,
            period=period_in_words(tax_return, "th"),
            filed_at=at,
            original_sha256=original_sha256,
        ),
        lines=tuple(
            _line(tariff, line, worked)
            for line, worked in zip(tax_return.lines, tax.lines, strict=True)
        ),
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


def period_in_words(tax_return: Return, lang: str) -> str:
    """Say what the return is for: a month, or goods leaving on a day."""
    if tax_return.basis is Basis.MONTH:
        return date_text(tax_return.period, lang, "month")
    assert tax_return.removal_on is not None
    day = date_text(tax_return.removal_on, lang)
    return f"นำสินค้าออกวันที่ {day}" if lang == "th" else f"goods leaving on {day}"


def _line(tariff: Tariff, line: ReturnLine, worked: LineTax) -> ReceiptLine:
    item = tariff.item(line.product.item)
    if line.receipts_satang is not None:
        base = f"{amount(line.receipts_satang)} บาท"
    else:
        base = f"{quantity(line.quantity)} {line.product.unit}"
    return ReceiptLine(
        text_th=f"{line.product.name} ({item.name_th})",
        text_en=item.name_en,
        base=base,
        rate=describe_rate(tariff, item.id, line.tax_point_on)[0],
        amount_satang=worked.excise_satang,
    )
