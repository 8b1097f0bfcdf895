"""What a bill is for: all that its pay-in slip and its receipt will say about it."""

from typing import Any

from excise.documents.facts import Facts, Filing, Office, Payer, Satang
from excise.documents.receipt import ReceiptLine


class FundCharge(Facts):
    """The contribution to one fund; it gets a receipt number of its own."""

    code: str
    name_th: str
    name_en: str
    amount_satang: Satang


class Particulars(Facts):
    """Fixed when the bill is made; the payment adds only how the money came."""

    office: Office
    payer: Payer
    tax_return: Filing
    lines: tuple[ReceiptLine, ...]
    tax_satang: Satang
    penalty_satang: Satang
    surcharge_satang: Satang
    local_satang: Satang
    funds: tuple[FundCharge, ...]
    tariff_edition: str

    @property
    def total_satang(self) -> int:
        """Everything that is to be paid."""
        own = self.tax_satang + self.penalty_satang + self.surcharge_satang + self.local_satang
        return own + sum(fund.amount_satang for fund in self.funds)

    def charges(self) -> list[tuple[str, str, int]]:
        """Return each part of the total that is more than nothing: Thai, English, satang."""
        parts = [
            ("ภาษีสรรพสามิต", "Excise tax", self.tax_satang),
            ("เบี้ยปรับ", "Penalty", self.penalty_satang),
            ("เงินเพิ่ม", "Surcharge", self.surcharge_satang),
            ("ภาษีเพื่อราชการส่วนท้องถิ่น", "Local tax", self.local_satang),
            *((fund.name_th, fund.name_en, fund.amount_satang) for fund in self.funds),
        ]
        return [part for part in parts if part[2]]

    def stored(self) -> dict[str, Any]:
        """Return the form kept with the bill."""
        return self.model_dump(mode="json", exclude_unset=True)
