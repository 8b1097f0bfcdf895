"""The notice of assessment (ตส.01-18): what is asked, why, and what can be done about it."""

import datetime as dt
from typing import Self

from pydantic import Field, model_validator

from excise.documents.facts import Facts, Moment, Office, Payer, Satang
from excise.errors import Invalid

FORM = "ตส.01-18"


class NoticeLine(Facts):
    """The tax short on one kind of goods or services; quantity and rate as people read them."""

    heading: str
    text_th: str
    tax_point_on: dt.date
    quantity: str
    unit: str
    rate: str
    tax_satang: Satang
    value_satang: Satang | None = None
    text_en: str = ""


class NoticeFund(Facts):
    """The contribution to one fund."""

    code: str
    short_th: str
    name_th: str
    name_en: str
    pct: str
    amount_satang: Satang


class Reasons(Facts):
    """Why: the facts found, the law applied, and how discretion was used."""

    facts: str
    law: str
    discretion: str


class NoticeFacts(Facts):
    """All that a notice of assessment states; raises Invalid when it does not add up.

    `due_on` is when the tax was due, `pay_by` the day to pay the notice. Multiples and
    percentages are decimal texts. The codes of the bill are not facts of the notice.
    """

    number: str
    issued_at: Moment
    office: Office
    payer: Payer
    period: str
    was_filed: bool
    due_on: dt.date
    computed_to: dt.date
    months: int
    lines: tuple[NoticeLine, ...]
    tax_satang: Satang
    penalty_multiple: str
    penalty_remaining_pct: str
    penalty_satang: Satang
    surcharge_monthly_pct: str
    surcharge_satang: Satang
    funds: tuple[NoticeFund, ...] = ()
    local_pct: str
    local_on_tax_only: bool
    local_satang: Satang
    total_satang: Satang
    pay_days: int
    pay_by: dt.date
    appeal_days: int
    reasons: Reasons
    approver: str
    approver_position: str
    approver_office: str
    tariff_edition: str
    demo: bool = Field(default=False, exclude=True)

    @property
    def sum_1_satang(self) -> int:
        """Tax, penalty and surcharge together."""
        return self.tax_satang + self.penalty_satang + self.surcharge_satang

    @property
    def sum_2_satang(self) -> int:
        """The contributions to the funds together."""
        return sum(fund.amount_satang for fund in self.funds)

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if sum(line.tax_satang for line in self.lines) != self.tax_satang:
            raise Invalid("lines-are-not-the-tax", number=self.number)
        if self.sum_1_satang + self.sum_2_satang + self.local_satang != self.total_satang:
            raise Invalid("notice-does-not-add-up", number=self.number)
        return self
