"""The pay-in slip: what to pay, until when, and the codes that banks scan."""

import datetime as dt
from typing import Self

from pydantic import model_validator

from excise.documents.facts import Facts, Filing, Moment, Office, Payer, Satang
from excise.errors import Invalid


class PaySlipItem(Facts):
    """One part of the amount."""

    text_th: str
    amount_satang: Satang
    text_en: str = ""


class PaySlipFacts(Facts):
    """All that a pay-in slip states; raises Invalid when the items are not the amount.

    `promptpay` and `barcode` are the texts of `excise.payments.codes`, made for
    the same biller, references and amount.
    """

    issued_at: Moment
    due_on: dt.date
    office: Office
    payer: Payer
    tax_return: Filing | None = None
    items: tuple[PaySlipItem, ...]
    amount_satang: Satang
    biller_id: str
    ref1: str
    ref2: str
    promptpay: str
    barcode: str
    demo: bool = False

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if sum(item.amount_satang for item in self.items) != self.amount_satang:
            raise Invalid("items-are-not-the-amount", ref1=self.ref1)
        return self


def render_pay_slip(facts: PaySlipFacts) -> bytes:
    """Return the slip as PDF; the same facts give the same bytes."""
    # The renderer takes a second to load: every command of the terminal would wait for it.
    from excise.documents.render import renderer  # noqa: PLC0415

    return renderer().pdf(
        "pay_slip.html",
        issued_at=facts.issued_at,
        facts=facts,
        barcode_text=facts.barcode.replace("\r", " "),
    )
