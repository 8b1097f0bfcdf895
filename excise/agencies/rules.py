"""What an agency may be given the right to, and how its code is written."""

import re

from excise.errors import Invalid

RIGHTS = (
    "document.VerifyDocument",
    "filing.GetReturnStatus",
    "payment.NotifyPayment",
    "taxpayer-registry.GetTaxpayer",
    "third-party-data.SubmitVatSales",
)
_CODE = re.compile(r"[A-Z][A-Z0-9]{1,15}")


def checked_code(code: str) -> str:
    """Return an agency's code, or raise Invalid: 2 to 16 capitals and digits.

    >>> checked_code("KTB")
    'KTB'
    """
    if not _CODE.fullmatch(code):
        raise Invalid("bad-agency-code", field="code", value=code)
    return code


def checked_rights(rights: list[str]) -> list[str]:
    """Return the rights sorted and once each; Invalid names what no service offers.

    A right names the operation, not its version: v2 of a service needs no new rights.

    >>> checked_rights(["payment.NotifyPayment", "document.VerifyDocument"])
    ['document.VerifyDocument', 'payment.NotifyPayment']
    """
    if unknown := set(rights) - set(RIGHTS):
        raise Invalid("unknown-right", field="right", found=sorted(unknown), accepted=RIGHTS)
    return sorted(set(rights))
