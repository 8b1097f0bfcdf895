"""In which of two encodings a Thai text file was saved."""

import io


def encoding_of(content: bytes) -> str | None:
    r"""Return `utf-8-sig` (with or without a mark) or `cp874`, None when it is neither.

    Read in pieces, because a file may be large; no text has zero bytes, as UTF-16 is full of.
    >>> encoding_of("ภาษี".encode()), encoding_of("ภาษี".encode("cp874")), encoding_of(b"a\x00")
    ('utf-8-sig', 'cp874', None)
    """
    if b"\x00" in content:
        return None
    # Tried without the mark: in pieces, `utf-8-sig` lets a mark pass that is cut short.
    for tried, encoding in (("utf-8", "utf-8-sig"), ("cp874", "cp874")):
        try:
            for _ in io.TextIOWrapper(io.BytesIO(content), tried):
                pass
        except UnicodeDecodeError:
            continue
        return encoding
    return None
