"""What a backup says of itself, and the sums that prove it."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any

import rfc8785

from excise.backup.archive import Damaged, Part

FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """When, of what and how much; `parts` holds bytes and SHA-256 of all but documents.

    A document is named by its own SHA-256; `documents_sha256` is that of all their names,
    in order. `audit_entries` and `audit_hash` tell where the audit chain ended. `missing`
    names what the store should have held and did not, a hundred of them at most.
    """

    made_at: str
    engine: str
    schema: str
    audit_entries: int
    audit_hash: str
    parts: dict[str, list[Any]]
    documents: int
    documents_bytes: int
    documents_sha256: str
    missing_count: int = 0
    missing: list[str] = field(default_factory=list)
    format: int = FORMAT

    def as_bytes(self) -> bytes:
        """Write it, with its own SHA-256."""
        told = asdict(self)
        return rfc8785.dumps({"manifest": told, "sha256": _digest(told)})


def parse(content: bytes) -> Manifest:
    """Read a manifest; raises Damaged when it is not as it was written."""
    try:
        told = json.loads(content)
        manifest = told["manifest"]
        if manifest["format"] != FORMAT:
            raise Damaged("backup-format", format=manifest["format"])
        if told["sha256"] != _digest(manifest):
            raise Damaged("backup-changed", part="manifest.json")
        return Manifest(**manifest)
    except (ValueError, TypeError, LookupError, rfc8785.CanonicalizationError) as error:
        raise Damaged("backup-changed", part="manifest.json") from error


def _digest(told: object) -> str:
    return hashlib.sha256(rfc8785.dumps(told)).hexdigest()  # type: ignore[arg-type]


class Tally:
    """Adds up the parts as they pass, on both ways."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.parts: dict[str, list[Any]] = {}
        self.documents = self.documents_bytes = 0
        self._names = hashlib.sha256()

    def add(self, part: Part) -> None:
        """Count a part whose content has passed; raises Damaged when it is not what it is named."""
        if not part.name.startswith("documents/"):
            self.parts[part.name] = [part.size_bytes, part.sha256]
            return
        if part.name.removeprefix("documents/").replace("/", "") != part.sha256:
            raise Damaged("backup-changed", part=part.name)
        self.documents += 1
        self.documents_bytes += part.size_bytes
        self._names.update(part.sha256.encode())

    @property
    def documents_sha256(self) -> str:
        """The SHA-256 of the documents' names so far."""
        return self._names.hexdigest()

    def compare(self, told: Manifest) -> None:
        """Raise Damaged unless everything that was told has passed."""
        for name in sorted(self.parts.keys() | told.parts.keys()):
            if self.parts.get(name) != told.parts.get(name):
                raise Damaged("backup-changed", part=name)
        found = (self.documents, self.documents_bytes, self.documents_sha256)
        if found != (told.documents, told.documents_bytes, told.documents_sha256):
            raise Damaged("backup-changed", part="documents")
