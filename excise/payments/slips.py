"""The pay-in slip of a bill."""

from excise.documents.pay_slip import PaySlipFacts, PaySlipItem
from excise.payments.codes import bank_barcode, promptpay_bill_payment
from excise.payments.models import Bill
from excise.payments.owing import Owed
from excise.payments.rules import part_of
from excise.receipts.particulars import Particulars


def pay_slip_facts(
    bill: Bill, *, biller_id: str, demo: bool, owed: Owed | None = None
) -> PaySlipFacts:
    """Put a bill into the words and codes of its slip: as it was made, or as `owed` on a day.

    Raises Invalid `bad-amount` above what the banks' codes can hold.
    """
    told = Particulars(**bill.particulars)
    if owed is not None and owed.total_satang:
        told = part_of(told, owed.heads, ref1=bill.ref1)
    codes = (biller_id, bill.ref1, bill.ref2, told.total_satang)
    return PaySlipFacts(
        issued_at=bill.issued_at,
        due_on=owed.until if owed else bill.due_on,
        office=told.office,
        payer=told.payer,
        tax_return=told.tax_return,
        items=tuple(
            PaySlipItem(text_th=th, text_en=en, amount_satang=satang)
            for th, en, satang in told.charges()
        ),
        amount_satang=told.total_satang,
        biller_id=biller_id,
        ref1=bill.ref1,
        ref2=bill.ref2,
        promptpay=promptpay_bill_payment(*codes),
        barcode=bank_barcode(*codes),
        demo=demo,
    )
