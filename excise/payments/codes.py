"""What a bank scans: PromptPay bill payment (EMVCo tag 30) and the banks' barcode.

Both carry the same biller and references. The biller id is the 13-digit tax id
of the Department and a 2-digit suffix; the bank decides on it and on the
length of the references.
"""

import binascii
import re
from dataclasses import dataclass

from excise.errors import Invalid

BILL_PAYMENT = "A000000677010112"
BAHT, THAILAND = "764", "TH"
MAX_AMOUNT_SATANG = 999_999_999_999  # tag 54 holds thirteen characters
_BILLER = re.compile(r"[0-9]{15}")
_REFERENCE = re.compile(r"[A-Z0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class BillPayment:
    """Who is paid, for what, and how much in satang."""

    biller_id: str
    ref1: str
    ref2: str
    amount_satang: int

    def __post_init__(self) -> None:
        """Refuse what a bank's machine would refuse, before it is printed."""
        if not _BILLER.fullmatch(self.biller_id):
            raise Invalid("bad-biller", field="biller_id", value=self.biller_id)
        for field in ("ref1", "ref2"):
            if not _REFERENCE.fullmatch(getattr(self, field)):
                raise Invalid("bad-reference", field=field, value=getattr(self, field))
        if not 0 < self.amount_satang <= MAX_AMOUNT_SATANG:
            raise Invalid("bad-amount", field="amount_satang", value=self.amount_satang)


def promptpay_bill_payment(biller_id: str, ref1: str, ref2: str, amount_satang: int) -> str:
    """Return the text of the QR code that any Thai banking app pays.

    Raises Invalid when a bank would refuse the biller, a reference or the amount.
    >>> promptpay_bill_payment("099400016010101", "2569111500001234", "0307", 5)[-20:]
    '02TH54040.056304BAAD'
    """
    payment = BillPayment(biller_id, ref1, ref2, amount_satang)
    account = (
        _field("00", BILL_PAYMENT)
        + _field("01", payment.biller_id)
        + _field("02", payment.ref1)
        + _field("03", payment.ref2)
    )
    body = (
        _field("00", "01")
        + _field("01", "12")  # dynamic: good for one payment
        + _field("30", account)
        + _field("53", BAHT)
        + _field("58", THAILAND)
        + _field("54", f"{amount_satang // 100}.{amount_satang % 100:02d}")
        + "6304"
    )
    return body + _checksum(body)


def bank_barcode(biller_id: str, ref1: str, ref2: str, amount_satang: int) -> str:
    r"""Return the text of the Code 128 barcode that tellers and counters scan.

    >>> bank_barcode("099400016010101", "2569111500001234", "030725691100", 1_639_000)
    '|099400016010101\r2569111500001234\r030725691100\r1639000'
    """
    payment = BillPayment(biller_id, ref1, ref2, amount_satang)
    return f"|{payment.biller_id}\r{payment.ref1}\r{payment.ref2}\r{payment.amount_satang}"


def parse_promptpay(text: str) -> BillPayment:
    """Read a bill payment code back; raises Invalid when it is none or was altered."""
    if text[-8:-4] != "6304" or _checksum(text[:-4]) != text[-4:]:
        raise Invalid("bad-checksum", field="text")
    try:
        fields = _fields(text)
        account = _fields(fields["30"])
        biller_id, ref1, ref2 = (account[tag] for tag in ("01", "02", "03"))
        amount_satang = int(fields["54"].replace(".", ""))
    except (KeyError, ValueError) as error:
        raise Invalid("not-a-bill-payment", field="text") from error
    if (account.get("00"), fields.get("53")) != (BILL_PAYMENT, BAHT):
        raise Invalid("not-a-bill-payment", field="text")
    return BillPayment(biller_id, ref1, ref2, amount_satang)


def _field(tag: str, value: str) -> str:
    return f"{tag}{len(value):02d}{value}"


def _fields(text: str) -> dict[str, str]:
    found = {}
    while text:
        end = 4 + int(text[2:4])
        found[text[:2]], text = text[4:end], text[end:]
    return found


def _checksum(text: str) -> str:
    # The standard library's CCITT polynomial, started at FFFF as EMVCo asks.
    return f"{binascii.crc_hqx(text.encode(), 0xFFFF):04X}"
