"""Files of VAT sales: read row by row, refused whole when a single row is wrong.

CSV in UTF-8 (with or without BOM) or cp874. The header names the columns, in any
order, by `rules.COLUMNS` or by their Thai titles. A last row TOTAL,<rows>,<sum of
the amounts, credit notes negative> is checked when it is there. A row that comes
twice with the same content counts as repeated; with another, it is a fault.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from excise.documents.store import Store
from excise.encodings import encoding_of
from excise.errors import Invalid
from excise.evidence.actions import Kept, Landed, enter, keep
from excise.evidence.codes import CODES
from excise.evidence.models import Channel
from excise.evidence.rules import COLUMNS, Fault, Sale, check_sale, key_of
from excise.money import satang
from excise.periods import local_date

SOURCE = "RD"  # the Revenue Department, whose layout it is
MAX_ROWS = 1_000_000
MAX_LISTED = 200  # more faults than this are counted only
TITLES = {
    "เลขที่เอกสาร": "document_no",
    "ลำดับรายการ": "line_no",
    "ประเภทเอกสาร": "document_type",
    "เลขประจำตัวผู้เสียภาษี": "tax_id",
    "สาขา": "branch",
    "วันที่เอกสาร": "document_date",
    "รหัสสินค้า": "product_code",
    "ปริมาณ": "quantity",
    "มูลค่าสินค้าหรือบริการ": "amount",
    "ภาษีมูลค่าเพิ่ม": "vat",
}
_SUM = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,2})?")


@dataclass(frozen=True)
class RowFault:
    """One thing wrong in one row; rows count from 1, the header."""

    row: int
    column: str
    code: str
    value: str

    def __str__(self) -> str:
        """Say it in both languages, for the terminal."""
        said = CODES[self.code]
        return f"row {self.row} {self.column} {self.value!r}: {said.th} / {said.en}"


class SalesFile:
    """The sales of a file, one by one; the end is reached only when all is right."""

    def __init__(self, content: bytes, *, today: date) -> None:
        """Take the file, and the day in Thailand after which no document can be dated.

        Raises Invalid `vat-sales-encoding`.
        """
        self._content, self._today = content, today
        if (encoding := encoding_of(content)) is None:
            raise Invalid("vat-sales-encoding", field="file")
        self._encoding = encoding
        self._faults: list[RowFault] = []
        self._fault_count = 0
        self._seen: dict[int, int] = {}

    def __len__(self) -> int:
        """Count the lines, which is nearly the number of sales."""
        return self._content.count(b"\n")

    def __iter__(self) -> Iterator[Sale]:
        """Yield the sales; raise when there is a fault, after all faults are known.

        Raises Invalid: `file-broken`, `vat-sales-header`, `vat-sales-too-long`,
        `vat-sales-empty`, `vat-sales-total`, or `vat-sales-rows` with the first
        RowFaults in `errors` and the number of all in `count`.
        """
        rows = self._rows()
        columns = _columns(next(rows, (0, []))[1])
        count = amount_satang = 0
        total: list[str] | None = None
        for number, row in rows:
            if total is not None:
                self._note(number, Fault("", "after-total", row[0]))
            elif row[0].strip().upper() == "TOTAL":
                total = row
            elif sale := self._sale(number, columns, row):
                count += 1
                amount_satang += sale.amount_satang
                yield sale
        self._finish(count, amount_satang, total)

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that are not empty, each with its place in the file."""
        text = io.TextIOWrapper(io.BytesIO(self._content), self._encoding, newline="")
        number = 0
        try:
            for number, row in enumerate(csv.reader(text, strict=True), start=1):
                if number > MAX_ROWS + 2:  # the header and the total
                    raise Invalid("vat-sales-too-long", field="file", limit=f"{MAX_ROWS:,}")
                if any(row):
                    yield number, row
        except csv.Error as error:
            raise Invalid("vat-sales-broken", field="file", row=number + 1) from error

    def _sale(self, number: int, columns: list[str], row: list[str]) -> Sale | None:
        if len(row) != len(columns):
            self._note(number, Fault("", "column-count", str(len(row))))
            return None
        answer = check_sale(dict(zip(columns, row, strict=True)), today=self._today)
        if isinstance(answer, list):
            self._note(number, *answer)
            return None
        content = hash(answer)
        if self._seen.setdefault(hash(key_of(answer)), content) != content:
            self._note(number, Fault("document_no", "repeated-in-file", answer.document_no))
            return None
        return answer

    def _note(self, number: int, *faults: Fault) -> None:
        self._fault_count += len(faults)
        self._faults += [RowFault(number, f.field, f.code, f.value[:60]) for f in faults]
        del self._faults[MAX_LISTED:]

    def _finish(self, count: int, amount_satang: int, total: list[str] | None) -> None:
        if self._faults:
            told = {"errors": self._faults, "count": self._fault_count}
            raise Invalid("vat-sales-rows", field="file", **told)
        if count == 0:
            raise Invalid("vat-sales-empty", field="file")
        if total is not None and not _tells(total, count, amount_satang):
            facts = {"rows": count, "amount_satang": amount_satang}
            raise Invalid("vat-sales-total", field="file", **facts)


def _columns(header: list[str]) -> list[str]:
    names = [cell.strip() for cell in header]
    columns = [TITLES.get(name, name.lower()) for name in names]
    if sorted(columns) != sorted(COLUMNS):
        raise Invalid("vat-sales-header", field="file", expected=",".join(COLUMNS))
    return columns


def _tells(total: list[str], count: int, amount_satang: int) -> bool:
    told = [cell.strip() for cell in total[1:]]
    if len(told) < 2 or any(told[2:]) or told[0] != str(count) or not _SUM.fullmatch(told[1]):
        return False
    return satang(Decimal(told[1])) == amount_satang


def _unwatched(sales: SalesFile) -> Iterable[Sale]:
    return sales


def keep_file(
    store: Store,
    content: bytes,
    *,
    at: datetime,
    watched: Callable[[SalesFile], Iterable[Sale]] = _unwatched,
) -> Kept:
    """Check a whole file and put it into the store; needs no session, as `keep`.

    `watched` may hand the sales on through a progress bar.
    Raises what reading a SalesFile raises; then nothing is kept.
    """
    return keep(store, content, watched(SalesFile(content, today=local_date(at))))


def enter_file(session: Session, kept: Kept, *, name: str, by: str, at: datetime) -> Landed:
    """Write the row of a file that is kept; the same file again is its first delivery."""
    return enter(
        session,
        kept,
        source_code=SOURCE,
        document_no=kept.content_sha256,
        name=name,
        channel=Channel.FILE,
        row_count=kept.count,
        by=by,
        at=at,
    )
