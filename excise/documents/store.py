"""Files kept by the SHA-256 of their content: nothing overwrites, nothing rots unseen."""

import hashlib
import os
import re
import secrets
from pathlib import Path

from excise.errors import NotFound, Unavailable

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
        name = hashlib.sha256(content).hexdigest()
        try:
            self._write(self._path(name), content)
        except OSError as error:
            raise Unavailable("store-refused", id=name) from error
        return name

    def get(self, name: str) -> bytes:
        """Return the content of that name.

        Raises NotFound when there is none, Unavailable when the file no longer
        is what it was: the backup has it.
        """
        if not _DIGEST.fullmatch(name):  # a name is never a path
            raise NotFound(what="file", id=name)
        try:
            content = self._path(name).read_bytes()
        except FileNotFoundError:
            raise NotFound(what="file", id=name) from None
        if hashlib.sha256(content).hexdigest() != name:
            raise Unavailable("file-damaged", id=name)
        return content

    def _path(self, name: str) -> Path:
        return self.folder / name[:2] / name[2:]

    def _write(self, path: Path, content: bytes) -> None:
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            make_durable(self.folder)
        if not (path.exists() and path.read_bytes() == content):
            draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
            try:
                with draft.open("xb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
        # Also when the file was there: its other writer may not have come so far.
        make_durable(path.parent)


def make_durable(folder: Path) -> None:
    """Ask the disk to remember which names the folder holds."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
