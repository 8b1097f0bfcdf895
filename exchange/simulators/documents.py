"""What a document says to a machine: its facts, its seal, and where it can be checked."""

import hashlib
import io
import json
from collections.abc import Iterator
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from exchange.simulators.installation import Unexpected


class Paper:
    """A sealed PDF as its receiver reads it."""

    def __init__(self, pdf: bytes) -> None:
        """Read the PDF; raises Unexpected when it is none of ours."""
        self._reader = PdfFileReader(io.BytesIO(pdf))
        self.sha256 = hashlib.sha256(pdf).hexdigest()
        self.facts = json.loads(self._attachment("facts.json"))

    @property
    def number(self) -> str:
        """The number of the document."""
        return str(self.facts["number"])

    @property
    def total_satang(self) -> int:
        """The amount it is about."""
        return int(self.facts["total_satang"])

    @property
    def is_sealed(self) -> bool:
        """Whether there is one seal, and nothing changed since."""
        [signature] = self._reader.embedded_signatures
        # Self-signed in a demonstration: whether it is ours, the public check says.
        context = ValidationContext(trust_roots=[signature.signer_cert])
        state = validate_pdf_signature(signature, context)
        return bool(state.intact and state.valid)

    @property
    def check_address(self) -> str:
        """Where the QR code leads: the words for those who cannot see it name the address."""
        for said in _descriptions(self._reader.root["/StructTreeRoot"]):
            if "/v/" in said:
                return said.split()[-1]
        raise Unexpected("the document does not say where it can be checked")

    def _attachment(self, name: str) -> bytes:
        named = self._reader.root["/Names"]["/EmbeddedFiles"]["/Names"]
        for place in range(0, len(named), 2):
            if named[place] == name:
                content: bytes = named[place + 1]["/EF"]["/F"].data
                return content
        raise Unexpected(f"the document carries no {name}")


def _descriptions(element: Any) -> Iterator[str]:
    if isinstance(element, list):
        for each in element:
            yield from _descriptions(each.get_object() if hasattr(each, "get_object") else each)
    elif isinstance(element, dict):
        if "/Alt" in element:
            yield str(element["/Alt"])
        if "/K" in element:
            yield from _descriptions(element["/K"])
