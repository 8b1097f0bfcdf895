"""The parts of a bill, and what a receipt says when some of them are paid. Values only."""

from collections.abc import Mapping

from excise.arrears.accrual import FUND, Heads
from excise.documents.receipt import ReceiptLine
from excise.receipts.particulars import Particulars

OWN = ("surcharge", "penalty", "tax", "local")


def heads_of(told: Particulars) -> Heads:
    """Return the parts that a bill charges, in satang, without those that are nothing."""
    own = {head: int(getattr(told, f"{head}_satang")) for head in OWN}
    funds = {f"{FUND}{fund.code}": fund.amount_satang for fund in told.funds}
    return {head: satang for head, satang in (own | funds).items() if satang}


def part_of(told: Particulars, heads: Mapping[str, int], *, ref1: str) -> Particulars:
    """Return what the receipt says of the parts that were paid; all lines when all tax was."""
    tax = heads.get("tax", 0)
    line = ReceiptLine(
        text_th=f"ภาษีที่ชำระบางส่วน ตามเลขอ้างอิง {ref1}",
        text_en=f"Part payment of tax, reference {ref1}",
        base="",
        rate="",
        amount_satang=tax,
    )
    lines = told.lines if tax == told.tax_satang else (line,) if tax else ()
    funds = tuple(
        fund.model_copy(update={"amount_satang": heads[f"{FUND}{fund.code}"]})
        for fund in told.funds
        if heads.get(f"{FUND}{fund.code}")
    )
    own = {f"{head}_satang": heads.get(head, 0) for head in OWN}
    return told.model_copy(update={"lines": lines, "funds": funds, **own})
