"""What a discrepancy rests on, read together: the files of its pack."""

import csv
import io
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.assessments.queries import standing_assessment
from excise.cases.letters import letters_of
from excise.cases.models import Discrepancy
from excise.config import Settings
from excise.documents.models import Document, Original
from excise.documents.store import Store
from excise.evidence.columns import Layout
from excise.evidence.layouts import LAYOUTS
from excise.evidence.models import Delivery
from excise.evidence.parquet import connect, view
from excise.matching.models import Run
from excise.matching.rules import RULES, digest
from excise.matching.stakes import tax_at_stake
from excise.packs.rules import CASE, READ_ME, RUN, TAX, TEXTS, canonical, digests_in, total_of
from excise.returns.models import Return, ReturnState
from excise.tariff.models import Edition
from excise.tariff.queries import tariff_in_force
from excise.taxpayers.models import Registration

# The column that adds up to the evidence, when the rule takes every row.
_ADDS_UP = {"units": "units", "satang": "amount_satang"}


def packs_of(session: Session, reference: str) -> list[Document]:
    """Return the packs made of a discrepancy, the newest first."""
    query = (
        sa.select(Document)
        .where(Document.kind == "pack", Document.number.startswith(f"pack:{reference}:"))
        .order_by(Document.id.desc())
    )
    return list(session.scalars(query))


def contents_of(
    session: Session, settings: Settings, found: Discrepancy
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Return the files of a pack by name, and what the manifest tells beside them."""
    store = Store(settings.documents)
    rows, sums = _rows(settings, found)
    files = {
        "READ-ME.txt": READ_ME.format(reference=found.reference).encode(),
        CASE: canonical(_case(found)),
        RUN: canonical(_run(session, found)),
        "rule.json": canonical(RULES[found.rule].as_json()),
        TEXTS: _texts(),
        "letters.json": canonical({"letters": letters_of(found)}),
        **rows,
        **_tax(session, found),
        **_originals(session, found),
        **_assessed(session, store, found),
        **{f"answers/{each.sha256}": store.get(each.sha256) for each in _answer_files(found)},
    }
    files |= _editions(session, files)
    deliveries = [
        {
            "receipt_no": each.receipt_no,
            "source": each.source_code,
            "document_no": each.document_no,
            "layout": each.layout,
            "received_at": each.received_at.isoformat(),
            "row_count": each.row_count,
            "sha256": each.content_sha256,
        }
        for each in _deliveries(session, rows)
    ]
    about = {"subject": found.reference, "deliveries": deliveries, "sums": sums}
    return files, about


def _case(found: Discrepancy) -> dict[str, Any]:
    place = found.registration
    names = ("rule", "measure", "outcome", "declared", "evidence", "difference", "tolerance")
    return {
        "reference": found.reference,
        "tax_id": place.taxpayer.tax_id,
        "taxpayer": place.taxpayer.name_th,
        "registration_number": place.number,
        "establishment": place.name,
        "period": found.period.isoformat(),
        "product_code": found.product_code,
        "product": found.product.name if found.product else None,
        "unit": found.product.unit if found.product else None,
        **{name: getattr(found, name) for name in names},
        "potential_satang": found.potential_satang,
        "state": found.state.value,
        "found_at": found.found_at.isoformat(),
        "history": [
            {"at": one.at.isoformat(), "actor": one.actor, "act": one.act, "note": one.note}
            for one in found.events
        ],
        "explanation": _explanation(found),
        "answers": [_answer(one) for one in found.answers],
        "requests": [
            {"source": one.source, "words": one.words, "asked_at": one.asked_at.isoformat()}
            | {"outcome": one.outcome}
            for one in found.requests
        ],
    }


def _explanation(found: Discrepancy) -> dict[str, Any] | None:
    given = found.explanation
    if given is None:
        return None
    return {
        "reason": given.reason.value,
        "words": given.words,
        "given_at": given.given_at.isoformat(),
    }


def _answer(one: Any) -> dict[str, Any]:
    return {
        "kind": one.kind.value,
        "reason": one.reason.value if one.reason else None,
        "words": one.words,
        "given_at": one.given_at.isoformat(),
        "files": [{"name": each.name, "file": f"answers/{each.sha256}"} for each in one.files],
    }


def _answer_files(found: Discrepancy) -> list[Any]:
    return [each for one in found.answers for each in one.files]


def _run(session: Session, found: Discrepancy) -> dict[str, Any]:
    run = session.get_one(Run, found.run_id)
    return {
        "id": run.id,
        "period": run.period.isoformat(),
        "ran_at": run.ran_at.isoformat(),
        "cause": run.cause,
        "rules_sha256": run.rules_sha256,
        "tolerance": run.tolerances.get(found.rule),
        # The texts in this pack are those of the program that made it.
        "texts_are_of_the_run": run.rules_sha256 == digest(),
    }


def _texts() -> bytes:
    """Return the texts of all rules as `digest` takes them: their SHA-256 is what a run keeps."""
    return "\n".join(rule.sql for rule in RULES.values()).encode()


def _rows(settings: Settings, found: Discrepancy) -> tuple[dict[str, bytes], list[dict[str, Any]]]:
    """Return the rows of this taxpayer, a file a layout, and what their columns come to."""
    files, sums = {}, []
    for code in RULES[found.rule].needs:
        layout = LAYOUTS[code]
        if "tax_id" not in layout.view_types:
            continue  # its rows are not told apart by taxpayer
        columns = [*layout.view_types]
        rows = _rows_of(settings, layout, found)
        name = f"rows/{code}.csv"
        files[name] = _table(columns, rows)
        column = _ADDS_UP.get(found.measure, "")
        if column in columns:
            at = columns.index(column)
            total = total_of(row[at] for row in rows)
            is_all = total == found.evidence
            sums.append({"file": name, "column": column, "total": total, "is_the_evidence": is_all})
    return files, sums


def _rows_of(settings: Settings, layout: Layout, found: Discrepancy) -> list[tuple[Any, ...]]:
    narrowed = "product_code" in layout.view_types and found.product_code
    whose = "product_code = $code" if narrowed else "true"
    with connect(settings) as connection:
        tax_id = found.registration.taxpayer.tax_id
        view(connection, settings, layout, [found.period], tax_id)
        columns = ", ".join(layout.view_types)
        return connection.execute(
            f"SELECT {columns} FROM {layout.code} WHERE {whose} ORDER BY ALL",  # noqa: S608
            {"code": found.product_code} if narrowed else {},
        ).fetchall()


def _table(columns: list[str], rows: list[tuple[Any, ...]]) -> bytes:
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(columns)
    for row in rows:
        out.writerow([each.isoformat() if isinstance(each, date) else each for each in row])
    return text.getvalue().encode()


def _deliveries(session: Session, rows: Mapping[str, bytes]) -> list[Delivery]:
    """Return the deliveries that the rows came in."""
    tables = [csv.DictReader(io.StringIO(text.decode())) for text in rows.values()]
    named = {row["receipt_no"] for table in tables for row in table}
    query = sa.select(Delivery).where(Delivery.receipt_no.in_(named)).order_by(Delivery.id)
    return list(session.scalars(query))


def _tax(session: Session, found: Discrepancy) -> dict[str, bytes]:
    if found.potential_satang is None:
        return {}
    worked = tax_at_stake(tariff_in_force(session), found)
    return {TAX: canonical(worked.trace.to_json())} if worked else {}


def _originals(session: Session, found: Discrepancy) -> dict[str, bytes]:
    """Return every version of the taxpayer's returns for the month, byte for byte."""
    query = (
        sa.select(Return.reference, Original.content)
        .join(Original, Original.sha256 == Return.original_sha256)
        .join(Registration, Registration.id == Return.registration_id)
        .where(
            Registration.taxpayer_id == found.taxpayer_id,
            Return.period == found.period,
            Return.state == ReturnState.FILED,
        )
    )
    return {f"returns/{ref}.json": text.encode() for ref, text in session.execute(query)}


def _assessed(session: Session, store: Store, found: Discrepancy) -> dict[str, bytes]:
    """Return the original of an approved assessment and its notice as it was served."""
    one = standing_assessment(session, found.id)
    if one is None or one.original_sha256 is None:
        return {}
    original = session.get_one(Original, one.original_sha256)
    files = {"assessment/original.json": original.content.encode()}
    notice = session.scalar(sa.select(Document.sha256).where(Document.number == one.number))
    return files | ({"assessment/notice.pdf": store.get(notice)} if notice else {})


def _editions(session: Session, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the texts of the editions that the calculations name."""
    trees = [json.loads(text) for name, text in files.items() if name.endswith(".json")]
    named = {each for tree in trees for each in digests_in(tree)}
    query = sa.select(Edition.digest, Edition.text).where(Edition.digest.in_(named))
    return {f"tariff/{digest}.yaml": text.encode() for digest, text in session.execute(query)}
