"""The certificate of a closed period: what the books, the bank and the receipts came to."""

import datetime as dt
from typing import Annotated, Self

from pydantic import Field, model_validator

from excise.documents.facts import Facts, Moment, Satang
from excise.errors import Invalid

Balance = Annotated[int, Field(strict=True)]  # satang; a debit above zero, a credit below


class AccountFacts(Facts):
    """An account over the period."""

    account: str
    name_th: str
    opening_satang: Balance
    debit_satang: Satang
    credit_satang: Satang

    @property
    def closing_satang(self) -> int:
        """Its balance at the end."""
        return self.opening_satang + self.debit_satang - self.credit_satang


class SeriesFacts(Facts):
    """The receipts of one series: from which number to which, and what they come to."""

    series: str
    count: int
    first: int
    last: int
    amount_satang: Satang


class BankFacts(Facts):
    """What one bank reported, and what was paid back through it."""

    bank_code: str
    received_satang: Satang
    paid_back_satang: Satang


class ClosingFacts(Facts):
    """All that a certificate states; raises Invalid when it does not add up.

    `previous` is the digest of the certificate before, so that none can be left out.
    """

    reference: str
    kind: str
    first: dt.date
    last: dt.date
    accounts: tuple[AccountFacts, ...]
    series: tuple[SeriesFacts, ...]
    banks: tuple[BankFacts, ...]
    receipts_satang: Satang
    settled_satang: Satang
    previous: str = ""
    demo: bool = False

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        opening = sum(each.opening_satang for each in self.accounts)
        moved = sum(each.debit_satang - each.credit_satang for each in self.accounts)
        receipts = sum(each.amount_satang for each in self.series)
        if opening or moved or receipts != self.receipts_satang:
            raise Invalid("closing-does-not-add-up", reference=self.reference)
        return self


def render_closing(
    facts: ClosingFacts, *, closed_at: Moment, digest: str, by: tuple[str, str]
) -> bytes:
    """Return the certificate as PDF, not yet sealed; the same facts give the same bytes."""
    # The renderer takes a second to load: every command of the terminal would wait for it.
    from excise.documents.render import renderer  # noqa: PLC0415

    return renderer().pdf(
        "closing.html",
        issued_at=closed_at,
        attachments=[("facts.json", "ข้อมูลของใบรับรองการปิดบัญชี (RFC 8785)", facts.canonical())],
        facts=facts,
        digest=digest,
        by=by,
    )
