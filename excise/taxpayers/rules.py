"""Numbers that identify taxpayers and establishments."""

import enum

from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.th import moa, pin

from excise.errors import Invalid


class EstablishmentType(enum.StrEnum):
    """The 14th digit of a registration number."""

    FACTORY = "1"
    SERVICE = "2"
    IMPORTER = "3"


def tax_id(text: str) -> str:
    """Return the 13 digits of a tax or personal ID; spaces and dashes may be typed.

    Raises Invalid: `tax-id-check-digit` when a digit is wrong, `tax-id-format`
    when they are not 13 digits.
    >>> tax_id("0-1055-58096-34-8")
    '0105558096348'
    """
    digits = "".join(c for c in text if c not in " -\u2010\u2011\u2013\u00a0")
    if len(digits) != 13 or not (digits.isascii() and digits.isdigit()):
        raise Invalid("tax-id-format", field="tax_id", found=len(digits))
    # Asked for either, the library does not tell a wrong digit from a wrong form.
    kind = moa if digits.startswith("0") else pin
    try:
        return str(kind.validate(digits))
    except InvalidChecksum as error:
        raise Invalid("tax-id-check-digit", field="tax_id") from error
    except ValidationError as error:
        raise Invalid("tax-id-format", field="tax_id", found=len(digits)) from error


def registration_number(owner_tax_id: str, kind: EstablishmentType, sequence: int) -> str:
    """Return the 17 digits: tax ID, type of establishment, running number.

    Raises Invalid when an owner has more than 999 establishments of a type.
    >>> registration_number("0994000160101", EstablishmentType.FACTORY, 4)
    '09940001601011004'
    """
    if not 1 <= sequence <= 999:
        raise Invalid("too-many-establishments", field="establishment_type", limit=999)
    return f"{owner_tax_id}{kind.value}{sequence:03d}"


def parse_registration_number(text: str) -> tuple[str, EstablishmentType, int]:
    """Take a registration number apart.

    Raises Invalid with `registration-number-format` or a fault of the tax ID in it.
    >>> parse_registration_number("09940001601011004")[2]
    4
    """
    digits = text.replace(" ", "").replace("-", "")
    kinds = {kind.value for kind in EstablishmentType}
    if len(digits) != 17 or not (digits.isascii() and digits.isdigit()) or digits[13] not in kinds:
        raise Invalid("registration-number-format", field="registration_number")
    return tax_id(digits[:13]), EstablishmentType(digits[13]), int(digits[14:])


def branch_words(code: str) -> tuple[str, str]:
    """Say which place of business a branch number of five digits names, Thai and English.

    Raises Invalid `branch-format`.
    >>> branch_words("00000"), branch_words("00012")
    (('สำนักงานใหญ่', 'head office'), ('สาขาที่ 12', 'branch 12'))
    """
    if len(code) != 5 or not (code.isascii() and code.isdigit()):
        raise Invalid("branch-format", field="branch", accepted="five digits")
    number = int(code)
    return (f"สาขาที่ {number}", f"branch {number}") if number else ("สำนักงานใหญ่", "head office")
