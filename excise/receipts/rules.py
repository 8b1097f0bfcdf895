"""Numbers of receipts and the hash that chains them."""

import hashlib
import unicodedata
from datetime import datetime
from typing import Any

from excise.canonical import canonical

GENESIS = "0" * 64


def series_of(office_code: str, fiscal_year: int, fund_code: str = "") -> str:
    """Name the series a receipt counts in: each fund has its own.

    >>> series_of("010100", 2570, "HEALTH")
    '2570-010100-HEALTH'
    """
    return "-".join(part for part in (str(fiscal_year), office_code, fund_code) if part)


def number_in(series: str, sequence: int) -> str:
    """Write a receipt's number.

    >>> number_in("2570-010100", 12)
    '2570-010100-0000012'
    """
    return f"{series}-{sequence:07d}"


def text_hash(facts: str) -> str:
    """Return the SHA-256 of stored facts, in hexadecimal."""
    return hashlib.sha256(facts.encode()).hexdigest()


def entry_hash(
    *,
    series: str,
    sequence: int,
    number: str,
    kind: str,
    amount_satang: int,
    facts_hash: str,
    issued_at: datetime,
    previous: str,
) -> str:
    """Return the hash of one entry of the register: SHA-256 over its canonical JSON."""
    entry: dict[str, Any] = {
        "series": series,
        "sequence": sequence,
        "number": number,
        "kind": kind,
        "amount_satang": amount_satang,
        "facts_hash": facts_hash,
        "issued_at": issued_at.isoformat(),
        "previous": previous,
    }
    return hashlib.sha256(canonical(entry)).hexdigest()


_LEGAL_FORMS = {"บริษัท", "จำกัด", "(มหาชน)", "ห้างหุ้นส่วนจำกัด", "ห้างหุ้นส่วนสามัญ", "นาย", "นาง", "นางสาว"}


def masked(name: str) -> str:
    """Show so much of a payer's name that only who knows it recognises it.

    >>> masked("บริษัท เบียร์ไทยทดสอบ จำกัด"), masked("สมชาย ใจดี")
    ('บริษัท เบี••• จำกัด', 'สม••• ใจ•••')
    """
    return " ".join(word if word in _LEGAL_FORMS else _first_two(word) for word in name.split())


def _first_two(word: str) -> str:
    """Keep two letters with the marks that stand above and below them."""
    kept, letters = "", 0
    for sign in word:
        letters += not unicodedata.combining(sign) and unicodedata.category(sign) != "Mn"
        if letters > 2:
            break
        kept += sign
    return f"{kept}•••"
