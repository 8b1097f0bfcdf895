"""Numbers that identify taxpayers and establishments, and what may change about them."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

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


class ChangeKind(enum.StrEnum):
    """What a registered establishment can ask to change."""

    PARTICULARS = "particulars"
    MOVE = "move"
    TRANSFER = "transfer"
    CLOSING = "closing"


# What each form of change asks for, apart from the day from which it holds.
ENTRIES: dict[ChangeKind, tuple[str, ...]] = {
    ChangeKind.PARTICULARS: ("taxpayer_name", "name", "duty_groups", "phone"),
    ChangeKind.MOVE: ("address", "province", "postcode", "phone", "office_code"),
    ChangeKind.TRANSFER: ("new_owner_tax_id", "new_owner_name", "reason"),
    ChangeKind.CLOSING: ("reason",),
}
ALTERING = (ChangeKind.PARTICULARS, ChangeKind.MOVE)
ENDING = (ChangeKind.TRANSFER, ChangeKind.CLOSING)


@dataclass(frozen=True, kw_only=True)
class NoticeDays:
    """By when changes must be told, from a day on: days after it, or before it."""

    since: date
    days_after: int
    days_before: int
    is_assumed: bool


# Fifteen days by memory of the ministerial regulation; the Department confirms it.
NOTICE_DAYS = (NoticeDays(since=date(2017, 9, 16), days_after=15, days_before=15, is_assumed=True),)


def tell_by(kind: ChangeKind, effective_on: date) -> date:
    """Return the last day to tell of a change that holds from a day.

    What became different is told afterwards, a move or an end beforehand.
    >>> tell_by(ChangeKind.PARTICULARS, date(2026, 11, 1))
    datetime.date(2026, 11, 16)
    >>> tell_by(ChangeKind.CLOSING, date(2026, 11, 30))
    datetime.date(2026, 11, 15)
    """
    fitting = [each for each in NOTICE_DAYS if each.since <= effective_on] or list(NOTICE_DAYS)
    days = max(fitting, key=lambda each: each.since)
    if kind is ChangeKind.PARTICULARS:
        return effective_on + timedelta(days=days.days_after)
    return effective_on - timedelta(days=days.days_before)


def last_day(kind: ChangeKind, effective_on: date) -> date:
    """Return the last day of the registration: of a transfer, the day before the new owner's.

    >>> last_day(ChangeKind.TRANSFER, date(2026, 12, 1))
    datetime.date(2026, 11, 30)
    """
    return effective_on - timedelta(days=1) if kind is ChangeKind.TRANSFER else effective_on


@dataclass(frozen=True, kw_only=True)
class Version:
    """What was registered from a day to another; None is the beginning, or still."""

    since: date | None
    until: date | None
    entries: dict[str, Any]


def versions(now: dict[str, Any], changes: Sequence[tuple[date, dict[str, Any]]]) -> list[Version]:
    """Return what was registered when, newest first, by going back from what is.

    `changes` are those that took effect, in that order: the day, and what stood before.
    >>> [(v.since, v.entries["name"]) for v in versions(
    ...     {"name": "B"}, [(date(2026, 5, 1), {"name": "A"})])]
    [(datetime.date(2026, 5, 1), 'B'), (None, 'A')]
    """
    told: list[Version] = []
    entries, until = dict(now), None
    for since, before in reversed(changes):
        told.append(Version(since=since, until=until, entries=dict(entries)))
        entries |= before
        until = since - timedelta(days=1)
    return [*told, Version(since=None, until=until, entries=entries)]
