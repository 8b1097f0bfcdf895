"""What a document says to a machine: its facts, its seal, and where it can be checked."""

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext


@dataclass(frozen=True)
class Paper:
    """What the receiver of a sealed PDF reads; `check_address` is where its QR code leads."""

    number: str
    total_satang: int
    sha256: str
    check_address: str
    is_sealed: bool


def read(pdf: bytes) -> Paper:
    """Read a sealed PDF."""
    reader = PdfFileReader(io.BytesIO(pdf))
    names = reader.root["/Names"]["/EmbeddedFiles"]["/Names"]
    attached = {names[i]: names[i + 1]["/EF"]["/F"].data for i in range(0, len(names), 2)}
    facts = json.loads(attached["facts.json"])
    # The words for those who cannot see the QR code end with its address.
    told = _descriptions(reader.root["/StructTreeRoot"])
    return Paper(
        number=facts["number"],
        total_satang=facts["total_satang"],
        sha256=hashlib.sha256(pdf).hexdigest(),
        check_address=next(words.split()[-1] for words in told if "/v/" in words),
        is_sealed=_is_sealed(reader),
    )


def _is_sealed(reader: Any) -> bool:
    """Tell whether there is one seal, and nothing changed since."""
    [signature] = reader.embedded_signatures
    # Self-signed in a demonstration: whether it is ours, the public check says.
    context = ValidationContext(trust_roots=[signature.signer_cert])
    state = validate_pdf_signature(signature, context)
    return bool(state.intact and state.valid)


def _descriptions(element: Any) -> Iterator[str]:
    if isinstance(element, list):
        for each in element:
            yield from _descriptions(each.get_object() if hasattr(each, "get_object") else each)
    elif isinstance(element, dict):
        if "/Alt" in element:
            yield str(element["/Alt"])
        if "/K" in element:
            yield from _descriptions(element["/K"])
