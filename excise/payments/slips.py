"""The pay-in slip of a bill."""

from excise.documents.pay_slip import PaySlipFacts, PaySlipItem
from excise.payments.codes import bank_barcode, promptpay_bill_payment
from excise.payments.models import Bill
from excise.receipts.particulars import Particulars


def pay_slip_facts(bill: Bill, *, biller_id: str, demo: bool) -> PaySlipFacts:
    """Put a bill into the words and codes of its slip, as they were fixed when it was made.

    Raises Invalid `bad-amount` above what the banks' codes can hold.
    """
    told = Particulars(**bill.particulars)
    codes = (biller_id, bill.ref1, bill.ref2, bill.amount_satang)
    return PaySlipFacts(
        issued_at=bill.issued_at,
        due_on=bill.due_on,
        office=told.office,
        payer=told.payer,
        tax_return=told.tax_return,
        items=tuple(
            PaySlipItem(text_th=th, text_en=en, amount_satang=satang)
            for th, en, satang in told.charges()
        ),
        amount_satang=bill.amount_satang,
        biller_id=biller_id,
        ref1=bill.ref1,
        ref2=bill.ref2,
        promptpay=promptpay_bill_payment(*codes),
        barcode=bank_barcode(*codes),
        demo=demo,
    )
