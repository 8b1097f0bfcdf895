"""Verify a pack from its bytes alone: every hash, the rows, the tax, the seal."""

import csv
import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from excise.documents.detached import Signed, signed_by
from excise.errors import Invalid
from excise.packs.rules import (
    CASE,
    MANIFEST,
    RUN,
    SIGNATURE,
    TAX,
    TEXTS,
    UNLISTED,
    total_of,
)
from excise.recalculation import Fault
from excise.recalculation import verified as recalculated
from excise.tariff.entries import Tariff
from excise.tariff.schema import load

MAX_BYTES = 2_000_000_000  # unpacked; a pack is one taxpayer's month
_NO_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)
_BROKEN = (KeyError, TypeError, ValueError, AttributeError)


@dataclass(frozen=True)
class Verdict:
    """What a pack is of, who sealed it, and every place that is not as it was sealed."""

    subject: str
    made_at: str
    files: int
    rows: int
    calculations: int
    deliveries: int
    signed: Signed
    faults: tuple[Fault, ...]


def verified(content: bytes, *, certificate: bytes | None = None) -> Verdict:
    """Verify a pack; `certificate` is the Department's, as PEM, got by another way.

    Raises Invalid `file-broken` when it is no pack, and as `signed_by` does.
    """
    files, doubled = _unpacked(content)
    try:
        told = json.loads(files[MANIFEST])
        subject, made_at = str(told["subject"]), str(told["made_at"])
        signed = signed_by(
            files[MANIFEST],
            files[SIGNATURE],
            certificate=certificate,
            at=datetime.fromisoformat(made_at),
        )
        listed = {each["name"]: each for each in told["files"]}
    except _BROKEN as error:
        raise Invalid("file-broken", field="file", problem=repr(error)) from error
    faults = [Fault((name,), "twice", "once") for name in doubled]
    faults += _seal_faults(signed, certificate)
    faults += _file_faults(files, listed)
    faults += _guarded("rows", _row_faults(files, told))
    faults += _guarded(RUN, _text_faults(files))
    counted, wrong = _tax_faults(files)
    return Verdict(
        subject=subject,
        made_at=made_at,
        files=len(listed),
        rows=sum(len(_table(files[name])) for name in files if name.startswith("rows/")),
        calculations=counted,
        deliveries=len(told.get("deliveries", [])),
        signed=signed,
        faults=tuple([*faults, *wrong]),
    )


def _unpacked(content: bytes) -> tuple[dict[str, bytes], list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if sum(each.file_size for each in entries) > MAX_BYTES:
                raise Invalid("file-broken", field="file", problem="too large")
            files, doubled = {}, []
            for each in entries:
                if each.filename in files:
                    doubled.append(each.filename)
                files[each.filename] = archive.read(each)
    except _NO_ZIP as error:
        raise Invalid("file-broken", field="file", problem=str(error)) from error
    return files, doubled


def _seal_faults(signed: Signed, certificate: bytes | None) -> Iterator[Fault]:
    if not signed.is_whole:
        yield Fault((MANIFEST,), "changed since it was sealed", "as it was sealed")
    elif certificate is not None and not signed.is_trusted:
        yield Fault((SIGNATURE,), f"sealed by {signed.name}", "sealed by the certificate given")


def _file_faults(files: Mapping[str, bytes], listed: Mapping[str, Any]) -> Iterator[Fault]:
    for name, each in listed.items():
        found = sha256(files[name]).hexdigest() if name in files else "-"
        if found != each["sha256"]:
            yield Fault((name,), found, each["sha256"])
    for name in sorted(files.keys() - listed.keys() - set(UNLISTED)):
        yield Fault((name,), "there", "not in the manifest")


def _row_faults(files: Mapping[str, bytes], told: Mapping[str, Any]) -> Iterator[Fault]:
    """Add the rows up again, and see that they are all this taxpayer's."""
    case = json.loads(files[CASE])
    known = {each["receipt_no"] for each in told["deliveries"]}
    for name in sorted(files):
        if name.startswith("rows/"):
            others = {row["tax_id"] for row in _table(files[name])} - {case["tax_id"]}
            for other in sorted(others):
                yield Fault((name, "tax_id"), other, case["tax_id"])
            for receipt_no in sorted({row["receipt_no"] for row in _table(files[name])} - known):
                yield Fault((name, "receipt_no"), receipt_no, "a delivery of the manifest")
    for each in told["sums"]:
        rows = _table(files[each["file"]]) if each["file"] in files else []
        total = total_of(row[each["column"]] for row in rows)
        if total != each["total"]:
            yield Fault((each["file"], each["column"]), str(total), str(each["total"]))
        if each["is_the_evidence"] and each["total"] != case["evidence"]:
            yield Fault((CASE, "evidence"), str(case["evidence"]), str(each["total"]))


def _text_faults(files: Mapping[str, bytes]) -> Iterator[Fault]:
    run = json.loads(files[RUN])
    found = sha256(files[TEXTS]).hexdigest()
    if run["texts_are_of_the_run"] and found != run["rules_sha256"]:
        yield Fault((TEXTS,), found, run["rules_sha256"])


def _tax_faults(files: Mapping[str, bytes]) -> tuple[int, list[Fault]]:
    """Work every calculation out again under the editions inside."""
    faults: list[Fault] = []
    editions = list(_editions(files, faults))
    counted = 0
    for name in sorted(files):
        if name == TAX or name.startswith(("returns/", "assessment/original")):
            try:
                verdict = recalculated(json.loads(files[name], parse_float=str), editions)
            except (Invalid, *_BROKEN) as error:
                faults.append(Fault((name,), repr(error), "a calculation as it was written"))
                continue
            counted += verdict.calculations
            faults += [
                Fault((name, *each.place), each.stored, each.expected) for each in verdict.faults
            ]
    faults += _guarded(TAX, _stake_faults(files))
    return counted, faults


def _editions(files: Mapping[str, bytes], faults: list[Fault]) -> Iterator[Tariff]:
    for name in sorted(files):
        if name.startswith("tariff/"):
            try:
                yield load(files[name].decode())
            except (Invalid, *_BROKEN) as error:
                faults.append(Fault((name,), repr(error), "the text of an edition"))


def _stake_faults(files: Mapping[str, bytes]) -> Iterator[Fault]:
    """See that the tax at stake is what the calculation came to."""
    if TAX not in files:
        return
    case, trace = json.loads(files[CASE]), json.loads(files[TAX])
    [satang] = [step["satang"] for step in trace["steps"] if step["name"] == "excise"]
    if satang != case["potential_satang"]:
        yield Fault((CASE, "potential_satang"), str(case["potential_satang"]), str(satang))


def _guarded(name: str, faults: Iterator[Fault]) -> list[Fault]:
    """Take the faults of one check; what cannot be read at all is one fault."""
    try:
        return list(faults)
    except _BROKEN as error:
        return [Fault((name,), f"{type(error).__name__}: {error}", "as it was written")]


def _table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(errors="replace"))))
