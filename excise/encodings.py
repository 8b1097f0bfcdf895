"""In which of two encodings a Thai text file was saved."""

import codecs
import io
from pathlib import Path
from typing import BinaryIO

_PIECE = 1 << 20


def encoding_of(content: bytes) -> str | None:
    r"""Return `utf-8-sig` (with or without a mark) or `cp874`, None when it is neither.

    Read in pieces, because a file may be large; no text has zero bytes, as UTF-16 is full of.
    >>> encoding_of("ภาษี".encode()), encoding_of("ภาษี".encode("cp874")), encoding_of(b"a\x00")
    ('utf-8-sig', 'cp874', None)
    """
    return _encoding_of(io.BytesIO(content))


def encoding_of_file(path: Path) -> str | None:
    """Return what `encoding_of` does of a file on disk, which may be larger than memory."""
    with path.open("rb") as file:
        return _encoding_of(file)


def _encoding_of(file: BinaryIO) -> str | None:
    # Tried without the mark: in pieces, `utf-8-sig` lets a mark pass that is cut short.
    for tried, encoding in (("utf-8", "utf-8-sig"), ("cp874", "cp874")):
        file.seek(0)
        decoder = codecs.getincrementaldecoder(tried)()
        try:
            while piece := file.read(_PIECE):
                if b"\x00" in piece:
                    return None
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    return None
