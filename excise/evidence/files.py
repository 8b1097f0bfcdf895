"""Files of every layout: checked whole, and refused whole when a single row is wrong."""

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.orm import Session

from excise.documents.store import Store
from excise.errors import Invalid
from excise.evidence.actions import Kept, Landed, enter
from excise.evidence.checking import Judge, Watch, check_file, unjudged, unwatched
from excise.evidence.columns import Layout
from excise.evidence.layouts import layout_of
from excise.evidence.models import Channel
from excise.periods import local_date


def keep_file(
    store: Store,
    source: Path,
    layout: Layout,
    *,
    at: datetime,
    watch: Watch = unwatched,
    judge: Judge = unjudged,
) -> Kept:
    """Check a file and put it into the store, with its rows in base units as Parquet.

    Needs no session, as `keep`. CSV, XLSX and Parquet are told apart by what they begin with.
    Raises what `check_file` raises, or Invalid `evidence-rows` with the first RowFaults
    in `errors` and the number of all in `count`; then nothing is kept.
    """
    with TemporaryDirectory() as folder:
        rows = Path(folder, "rows.parquet")
        found = check_file(source, rows, layout, today=local_date(at), watch=watch, judge=judge)
        if found.fault_count:
            told = {"errors": found.faults, "count": found.fault_count}
            raise Invalid("evidence-rows", field="file", **told)
        return Kept(
            layout=layout.code,
            content_sha256=store.put_file(source),
            rows_sha256=store.put_file(rows),
            count=found.row_count,
            amount_satang=found.amount_satang,
            periods=[period.isoformat() for period in sorted(found.periods)],
        )


def enter_file(session: Session, kept: Kept, *, name: str, by: str, at: datetime) -> Landed:
    """Write the row of a file that is kept; the same file again is its first delivery."""
    return enter(
        session,
        kept,
        source_code=layout_of(kept.layout).source,
        document_no=kept.content_sha256,
        name=name,
        channel=Channel.FILE,
        row_count=kept.count,
        by=by,
        at=at,
    )
