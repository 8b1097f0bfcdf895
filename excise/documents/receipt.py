"""The receipt for tax paid: the Department's answer to money received."""

import datetime as dt
from typing import Self

from pydantic import Field, model_validator

from excise.documents.facts import Facts, Filing, Moment, Office, Payer, Satang
from excise.errors import Invalid


class FundReceipt(Facts):
    """The contribution to one fund, which counts in a series of its own."""

    code: str
    number: str
    amount_satang: Satang
    name_th: str = ""
    name_en: str = ""


class ReceiptLine(Facts):
    """The tax on one kind of goods or services; base and rate as people read them."""

    text_th: str
    amount_satang: Satang
    text_en: str = ""
    income_code: str = ""
    base: str = ""
    rate: str = ""


class PaymentFacts(Facts):
    """How the money came."""

    channel: str
    paid_on: dt.date
    bank: str = ""
    bank_reference: str = ""
    ref1: str = ""
    ref2: str = ""


class ReceiptFacts(Facts):
    """All that a receipt states.

    The lines add up to the tax; tax, penalty, surcharge, local tax and fund
    contributions less the credit add up to the total. Raises Invalid otherwise:
    a receipt that does not add up is not printed. The copy number and the
    watermark of a demonstration are not facts of the payment, so that every
    copy carries the code of its original.
    """

    number: str
    issued_at: Moment
    office: Office
    payer: Payer
    tax_return: Filing | None = None
    lines: tuple[ReceiptLine, ...]
    tax_satang: Satang
    penalty_satang: Satang = 0
    surcharge_satang: Satang = 0
    local_satang: Satang = 0
    credit_satang: Satang = 0
    fund_receipts: tuple[FundReceipt, ...] = ()
    total_satang: Satang
    payment: PaymentFacts
    issuer: str
    issuer_position: str = ""
    tariff_edition: str
    demo: bool = Field(default=False, exclude=True)
    copy_number: int = Field(default=0, ge=0, exclude=True)

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        charged = self.tax_satang + self.penalty_satang + self.surcharge_satang + self.local_satang
        funds = sum(fund.amount_satang for fund in self.fund_receipts)
        if sum(line.amount_satang for line in self.lines) != self.tax_satang:
            raise Invalid("lines-are-not-the-tax", number=self.number)
        if charged + funds - self.credit_satang != self.total_satang:
            raise Invalid("receipt-does-not-add-up", number=self.number)
        return self
