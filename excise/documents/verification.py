"""The code that lets anyone check a document without letting them guess one."""

import hashlib
import hmac
from urllib.parse import quote

from excise.formats import arabic_digits

# Crockford's alphabet: no I, L, O, U, so every misreading has one right reading.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12  # 60 bits
_READ_AS = str.maketrans("ILO", "110", "- ")


def verify_code(secret: bytes, number: str, facts_hash: str) -> str:
    """Return the twelve characters that prove someone holds this very document.

    They depend on our secret, the number and every fact, so numbers cannot be
    listed by trying and a changed fact needs another code.
    >>> verify_code(b"secret", "2570-010100-0000012", "0" * 64)
    'FY1R8PZBT0PJ'
    """
    digest = hmac.digest(secret, f"{number}:{facts_hash}".encode(), hashlib.sha256)
    bits = int.from_bytes(digest[:8], "big")
    return "".join(ALPHABET[bits >> shift & 31] for shift in range(59, -1, -5))


def code_text(code: str) -> str:
    """Write a code in groups of four, as documents print it.

    >>> code_text("0123456789AB")
    '0123-4567-89AB'
    """
    return "-".join(code[i : i + 4] for i in range(0, LENGTH, 4))


def is_code(typed: str, code: str) -> bool:
    """Tell whether what was typed means this code.

    Case, gaps, Thai digits and the usual misreadings do not matter; the time
    taken does not tell how much was right.
    >>> is_code("o123-4567-89ab", "0123456789AB")
    True
    """
    read = arabic_digits(typed).upper().translate(_READ_AS)
    return hmac.compare_digest(read.encode(), code.encode())


def verify_url(public_url: str, number: str, code: str) -> str:
    """Return the address of the public check of a document.

    >>> verify_url("https://excise.example.org/", "2570-010100-0000012", "0123456789AB")
    'https://excise.example.org/v/2570-010100-0000012/0123456789AB'
    """
    return f"{public_url.rstrip('/')}/v/{quote(number, safe='')}/{code}"
