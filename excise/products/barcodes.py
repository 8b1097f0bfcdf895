"""Barcodes in a photograph."""

import io
import warnings

import zxingcpp
from PIL import Image, UnidentifiedImageError
from stdnum import ean
from stdnum.exceptions import ValidationError

from excise.errors import Invalid

MAX_BYTES = 10_000_000
_MAX_PIXELS = 50_000_000
_SIDE = 2400  # pixels are plenty for a barcode, and keep the search short


def gtins_in(content: bytes) -> list[str]:
    """Return the numbers (GTIN) of the barcodes in a photograph, each once.

    Raises Invalid: `file-too-large`, `not-a-picture`, `no-barcode-found`.
    """
    if len(content) > MAX_BYTES:
        raise Invalid("file-too-large", field="photo", name="")
    picture = _picture(content)
    found = (_gtin(code.text) for code in zxingcpp.read_barcodes(picture))
    if not (gtins := list(dict.fromkeys(each for each in found if each))):
        raise Invalid("no-barcode-found", field="photo")
    return gtins


def _picture(content: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP"))
        if picture.width * picture.height > _MAX_PIXELS:
            raise Invalid("file-too-large", field="photo", name="")
        picture.draft("L", (_SIDE, _SIDE))
        grey = picture.convert("L")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise Invalid("not-a-picture", field="photo") from error
    grey.thumbnail((_SIDE, _SIDE))
    return grey


def _gtin(text: str) -> str | None:
    """Return the GTIN that a barcode says: alone, or after 01 in one that says more.

    >>> _gtin("8850124003225"), _gtin("(01)08850124003225(10)A1"), _gtin("https://example.com")
    ('8850124003225', '08850124003225', None)
    """
    bare = text.replace("(", "").replace(")", "").lstrip("\x1d")
    for tried in (bare, bare[2:16] if bare.startswith("01") else ""):
        try:
            return str(ean.validate(tried))
        except ValidationError:
            continue
    return None
