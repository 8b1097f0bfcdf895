"""The file of a backup: a tar of plain files, written in one go and read with suspicion.

Read by hand, block by block: Python's `tarfile` keeps every name in memory and obeys
what a stranger's file says of links, paths and extended headers.
"""

import hashlib
import os
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from excise.errors import Invalid

_BLOCK = tarfile.BLOCKSIZE
_CHUNK = 1 << 20
_TRICKLE = 16 << 20
_END = bytes(2 * _BLOCK)
_ORDER = [
    re.compile(pattern)
    for pattern in (
        r"database",
        r"deliveries",
        r"secrets/[A-Za-z0-9_][A-Za-z0-9._-]*",
        r"documents/[0-9a-f]{2}/[0-9a-f]{62}",
        r"manifest\.json",
    )
]
MANIFEST = "manifest.json"


class Damaged(Invalid):
    """The file is no backup of ours, or not all of one, or not as it was written."""

    code = "backup-damaged"


class Trickle:
    """Brings a growing file to the disk bit by bit.

    All at once in the end, everybody's commits would wait behind it for seconds.
    """

    def __init__(self, handle: int) -> None:
        """Watch over the open file."""
        self._handle, self._kept = handle, 0

    def at(self, written: int) -> None:
        """Take note that so many bytes have been written."""
        if written - self._kept >= _TRICKLE:
            os.fdatasync(self._handle)
            self._kept = written


class Writer:
    """Adds files to a backup; what is written can only be appended."""

    def __init__(self, file: BinaryIO, *, written_at: int) -> None:
        """Write to `file`; every part bears the time, in seconds since 1970."""
        self._file, self._written_at = file, written_at
        self._trickle = Trickle(file.fileno())

    def add(self, name: str, source: BinaryIO, size_bytes: int) -> str:
        """Copy a part of that size and return its SHA-256."""
        _rank(name)
        header = tarfile.TarInfo(name)
        header.size, header.mode, header.mtime = size_bytes, 0o600, self._written_at
        self._file.write(header.tobuf(tarfile.GNU_FORMAT))
        digest, left = hashlib.sha256(), size_bytes
        while left:
            if not (chunk := source.read(min(left, _CHUNK))):
                raise Damaged("source-shrank", part=name)
            digest.update(chunk)
            self._file.write(chunk)
            self._trickle.at(self._file.tell())
            left -= len(chunk)
        self._file.write(bytes(-size_bytes % _BLOCK))
        return digest.hexdigest()

    def end(self) -> None:
        """Say that nothing follows."""
        self._file.write(_END)


@dataclass
class Part:
    """One part that is being read; `sha256` is known once all of it was."""

    name: str
    size_bytes: int
    sha256: str = ""


def parts(file: BinaryIO) -> Iterator[tuple[Part, Iterator[bytes]]]:
    """Read a backup: each part with its content, to be taken before the next is asked for.

    Raises Damaged at anything that we do not write ourselves: another name, order or
    kind of member, a wrong checksum, an early or a late end.
    """
    before = (-1, "")
    while True:
        part = _header(file)
        place = (_rank(part.name), part.name)
        if place <= before:
            raise Damaged("backup-strange", part=part.name)
        before = place
        content = _content(file, part)
        yield part, content
        for _ in content:
            pass  # what the reader left
        if part.name == MANIFEST:
            break
    if file.read(len(_END) + 1) != _END:
        raise Damaged("backup-strange", part="end")


def _header(file: BinaryIO) -> Part:
    block = file.read(_BLOCK)
    if len(block) < _BLOCK or block == bytes(_BLOCK):
        raise Damaged("backup-truncated")
    try:
        header = tarfile.TarInfo.frombuf(block, "ascii", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError) as error:
        raise Damaged("backup-strange") from error
    if header.type != tarfile.REGTYPE or header.linkname or header.size < 0:
        raise Damaged("backup-strange", part=header.name)
    return Part(header.name, header.size)


def _rank(name: str) -> int:
    for rank, pattern in enumerate(_ORDER):
        if pattern.fullmatch(name):
            return rank
    raise Damaged("backup-strange", part=name)


def _content(file: BinaryIO, part: Part) -> Iterator[bytes]:
    digest, left = hashlib.sha256(), part.size_bytes
    while left:
        if not (chunk := file.read(min(left, _CHUNK))):
            raise Damaged("backup-truncated", part=part.name)
        digest.update(chunk)
        left -= len(chunk)
        yield chunk
    if any(padding := file.read(-part.size_bytes % _BLOCK)):
        raise Damaged("backup-strange", part=part.name)
    if len(padding) < -part.size_bytes % _BLOCK:
        raise Damaged("backup-truncated", part=part.name)
    part.sha256 = digest.hexdigest()
