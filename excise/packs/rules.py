"""What a pack is made of: the names in it, and how it is put together. Values in, values out."""

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

import rfc8785

MANIFEST = "manifest.json"
SIGNATURE = "manifest.p7s"
CERTIFICATE = "certificate.pem"
UNLISTED = (MANIFEST, SIGNATURE, CERTIFICATE)  # all else the manifest names with its hash
CASE, RUN, TEXTS, TAX = "case.json", "run.json", "rules.sql", "tax.json"
VERSION = 1

READ_ME = """\
ชุดพยานหลักฐานของรายการที่ไม่ตรงกัน {reference}

manifest.json บอกชื่อและค่า SHA-256 ของทุกไฟล์ และ manifest.p7s คือลายมือชื่ออิเล็กทรอนิกส์ของกรมสรรพสามิต
ตรวจสอบได้โดยไม่ต้องใช้ฐานข้อมูลของกรม:  excise verify-pack ไฟล์นี้ --certificate ใบรับรองของกรม.pem
ชุดนี้มีเฉพาะข้อมูลของผู้เสียภาษีรายนี้ ข้อมูลที่หน่วยงานอื่นส่งมาในคราวเดียวกันแต่เป็นของผู้อื่นไม่ได้รวมไว้
จึงให้ไว้เพียงค่า SHA-256 ของข้อมูลที่ได้รับทั้งชุด ซึ่งกรมเก็บรักษาไว้ตามที่ได้รับ

Evidence pack of discrepancy {reference}

manifest.json names every file with its SHA-256; manifest.p7s is the Department's signature over it.
Verify it without our database:  excise verify-pack THIS-FILE --certificate DEPARTMENT.pem
Only rows of this taxpayer are inside. What others were told of in the same deliveries is left out:
of each delivery there is the SHA-256 of all its bytes, which the Department keeps as they came.
"""


def canonical(tree: Mapping[str, Any]) -> bytes:
    """Return JSON that is written in one way only."""
    return bytes(rfc8785.dumps(tree))


def manifest_of(files: Mapping[str, bytes], about: Mapping[str, Any]) -> bytes:
    """Return the manifest of some files, in the order of their names."""
    listed = [
        {"name": name, "size_bytes": len(content), "sha256": sha256(content).hexdigest()}
        for name, content in sorted(files.items())
    ]
    return canonical({"version": VERSION, **about, "files": listed})


def packed(files: Mapping[str, bytes], *, at: datetime) -> bytes:
    """Put files into one ZIP; the same files and moment give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, at.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return buffer.getvalue()


def digests_in(tree: Any) -> Iterator[str]:
    """Yield the digests of the editions that the calculations in a tree name.

    >>> sorted(digests_in({"tax": {"lines": [{"steps": [], "digest": "a"}]}}))
    ['a']
    """
    if isinstance(tree, Mapping):
        if "steps" in tree and isinstance(tree.get("digest"), str):
            yield tree["digest"]
        for each in tree.values():
            yield from digests_in(each)
    elif isinstance(tree, list):
        for each in tree:
            yield from digests_in(each)


def total_of(values: Iterable[Any]) -> int:
    """Add up a column of rows, where an empty cell is nothing."""
    return sum(int(each) for each in values if each not in (None, ""))
