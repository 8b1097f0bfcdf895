"""Reading what is to be verified: JSON as it was written, or out of a sealed PDF."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from excise.errors import Invalid

ATTACHED = "calculation.json"


def read_document(path: Path) -> Any:
    """Read a calculation: a JSON file, or the one that travels inside a receipt or a notice.

    Raises Invalid `file-unreadable`, `file-broken`, `no-calculation`.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Invalid("file-unreadable", field="file", problem=error.strerror) from error
    if content[:1024].lstrip().startswith(b"%PDF"):
        content = _attached(content)
    try:
        return json.loads(content, parse_float=str, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Invalid("file-broken", field="file", problem=str(error)) from error


def _no_number(text: str) -> NoReturn:
    raise Invalid("file-broken", field="file", problem=f"{text} is not a number")


def _attached(content: bytes) -> bytes:
    """Return the calculation that travels inside a PDF."""
    try:
        for spec in PdfFileReader(BytesIO(content)).root.get("/AF", ()):
            file = spec.get_object()
            if file.get("/UF", file.get("/F")) == ATTACHED:
                return bytes(file["/EF"]["/F"].data)
    except (PdfError, ValueError, KeyError, AttributeError) as error:
        raise Invalid("file-broken", field="file", problem=str(error)) from error
    raise Invalid("no-calculation", field="file", problem=f"the PDF holds no {ATTACHED}")
