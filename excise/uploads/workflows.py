"""Read a file that was sent for a draft: checked outside any transaction, concluded in one."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from excise import work
from excise.documents.store import Store
from excise.errors import Invalid
from excise.products.queries import products_of
from excise.returns.models import Return
from excise.tariff.queries import tariff_in_force
from excise.uploads.actions import READ, conclude
from excise.uploads.corrections import corrections
from excise.uploads.layout import layout_for
from excise.uploads.models import Upload
from excise.uploads.reading import Findings, Sum, read_file

_LISTED = 200  # faults on the page; the file of corrections has more


@work.workflow(READ)
def read(upload_id: int) -> None:
    """Read a file and put its lines into the draft; a repeat changes nothing."""
    work.transact(_conclude, upload_id, work.outside(read_upload, upload_id))


def read_upload(upload_id: int) -> dict[str, Any]:
    """Return what a file says, as JSON: its lines, or what is wrong with it."""
    store = Store(work.settings().documents)
    with work.database().reading() as session:
        upload = session.get_one(Upload, upload_id)
        tax_return, tariff = session.get_one(Return, upload.return_id), tariff_in_force(session)
        products = products_of(session, tax_return.registration_id)
        layout = layout_for(tariff, tax_return, products)
        try:
            found = read_file(
                store.path_of(upload.content_sha256),
                layout,
                tariff=tariff,
                tax_return=tax_return,
                products=products,
                watch=work.tell_progress,
            )
        except Invalid as error:
            why = {"reason": error.reason, "facts": error.facts}
            return _told(Findings(), {"why": why}, None)
    if not found.fault_count:
        return _told(found, {}, None)
    listed = [asdict(fault) for fault in found.faults[:_LISTED]]
    return _told(found, {"rows": listed}, store.put(corrections(found, layout)))


def _told(found: Findings, faults: dict[str, Any], errors_sha256: str | None) -> dict[str, Any]:
    return {
        "row_count": found.row_count,
        "repeated_count": found.repeated_count,
        "lines": [_line(line) for line in found.lines],
        "fault_count": found.fault_count,
        "faults": faults,
        "errors_sha256": errors_sha256,
        "read_at": datetime.now(UTC).isoformat(),
    }


def _line(line: Sum) -> dict[str, Any]:
    return {
        "product_id": line.product.id,
        "first_on": line.first_on.isoformat(),
        "tax_point_on": line.tax_point_on.isoformat(),
        "units": line.units,
        "receipts_satang": line.receipts_satang,
        "measures": line.measures,
        "row_count": line.row_count,
    }


def _conclude(session: Session, upload_id: int, told: dict[str, Any]) -> None:
    conclude(session, upload_id, told, at=datetime.fromisoformat(told["read_at"]))
