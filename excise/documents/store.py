"""Files kept by the SHA-256 of their content: nothing overwrites, nothing rots unseen."""

import hashlib
import io
import os
import re
import secrets
import shutil
from pathlib import Path

from excise.errors import NotFound, Unavailable

_PIECE = 1 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Store:
    """A folder of files, each named by its content; safe for many processes."""

    def __init__(self, folder: Path) -> None:
        """Keep files under `folder`, which is made with the first of them."""
        self.folder = folder

    def put(self, content: bytes) -> str:
        """Keep the content and return its name; it survives a power cut from here on.

        The same content again changes nothing, but heals a damaged file.
        Raises Unavailable when the disk refuses.
        """
        return self._keep(io.BytesIO(content))

    def put_file(self, source: Path) -> str:
        """Keep a file that may be larger than memory; else as `put`."""
        with source.open("rb") as content:
            return self._keep(content)

    def get(self, name: str) -> bytes:
        """Return the content of that name.

        Raises NotFound when there is none, Unavailable when the file no longer
        is what it was: the backup has it.
        """
        return self.path_of(name).read_bytes()

    def path_of(self, name: str) -> Path:
        """Return where the file of that name lies, once it was read through; raises as `get`."""
        if not _DIGEST.fullmatch(name):  # a name is never a path
            raise NotFound(what="file", id=name)
        path = self._path(name)
        if not path.is_file():
            raise NotFound(what="file", id=name)
        if not _is(path, name):
            raise Unavailable("file-damaged", id=name)
        return path

    def _path(self, name: str) -> Path:
        return self.folder / name[:2] / name[2:]

    def _keep(self, content: io.BytesIO | io.BufferedReader) -> str:
        name = hashlib.file_digest(content, "sha256").hexdigest()
        content.seek(0)
        try:
            self._write(self._path(name), name, content)
        except OSError as error:
            raise Unavailable("store-refused", id=name) from error
        return name

    def _write(self, path: Path, name: str, content: io.BytesIO | io.BufferedReader) -> None:
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            make_durable(self.folder)
        if not (path.exists() and _is(path, name)):
            draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
            try:
                with draft.open("xb") as file:
                    shutil.copyfileobj(content, file, _PIECE)
                    file.flush()
                    os.fsync(file.fileno())
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
        # Also when the file was there: its other writer may not have come so far.
        make_durable(path.parent)


def _is(path: Path, name: str) -> bool:
    """Tell whether a file still has the content that it is named by."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == name


def make_durable(folder: Path) -> None:
    """Ask the disk to remember which names the folder holds."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
