"""Files that people send along: which we take, and how they are kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from excise.documents.store import Store
from excise.errors import Invalid

MAX_FILES = 5
MAX_FILE_BYTES = 5_000_000
_STARTS = {
    b"%PDF-": "application/pdf",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
}


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file that lies in the store under its SHA-256, before any record points at it."""

    name: str
    media_type: str
    sha256: str
    size_bytes: int


def keep(store: Store, uploads: Sequence[tuple[str, bytes]]) -> tuple[Upload, ...]:
    """Keep files that came by name and content.

    Raises Invalid for too many, too large (facts: `name`), or none of PDF, JPEG and PNG.
    """
    if len(uploads) > MAX_FILES:
        raise Invalid("too-many-files", field="files", limit=MAX_FILES)
    for name, content in uploads:
        if len(content) > MAX_FILE_BYTES:
            raise Invalid("file-too-large", field="files", name=name)
        if media_type_of(content) is None:
            raise Invalid("file-not-taken", field="files", name=name)
    return tuple(
        Upload(
            name=name,
            media_type=media_type_of(content) or "",
            sha256=store.put(content),
            size_bytes=len(content),
        )
        for name, content in uploads
    )


def media_type_of(content: bytes) -> str | None:
    """Tell by its first bytes, never by its name, what a file is; None if we do not take it.

    >>> media_type_of(b"%PDF-1.7 ..."), media_type_of(b"<html>")
    ('application/pdf', None)
    """
    return next((kind for start, kind in _STARTS.items() if content.startswith(start)), None)
