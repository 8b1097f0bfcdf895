"""What is wrong with rows beyond their form: whose they are, and whether they add up."""

from collections.abc import Collection, Iterable, Iterator

import polars as pl

from excise.evidence.checking import RowFault
from excise.evidence.columns import Kind, Layout
from excise.stock.accounts import LINES
from excise.stock.rules import QUANTITIES, Row, shown

MAX_ROWS = 50_000  # of the stock ledger in one file: an establishment has fewer in a year
_GTIN = r"^[0-9]{14}$"


class Judge:
    """Judges the rows of one establishment as they are read, and keeps those of the ledger."""

    def __init__(
        self, layout: Layout, *, tax_id: str, registration_no: str, codes: Collection[str]
    ) -> None:
        """Take whose rows these must be, and the codes of its products."""
        self.layout, self.rows = layout, list[Row]()
        self._own = {
            "tax_id": (tax_id, "not-this-taxpayer"),
            "registration_no": (registration_no, "not-this-establishment"),
        }
        self._codes = list(codes)

    def __call__(self, rows: pl.DataFrame, places: pl.Series) -> Iterable[RowFault]:
        """Yield what is wrong with some rows; what could not be read is not judged."""
        numbered = rows.with_columns(places.alias("place"))
        for name, (own, code) in self._own.items():
            yield from _where(numbered, pl.col(name) != own, name, code)
        yield from self._foreign_goods(numbered)
        if self.layout.code == "stamp_ranges":
            issued = pl.col("event") == "issued"
            yield from _where(numbered, issued, "event", "not-yours-to-tell")
        if self.layout is LINES:
            yield from self._unbalanced(numbered)
            self._keep(numbered)

    def _foreign_goods(self, rows: pl.DataFrame) -> Iterator[RowFault]:
        name = "product_code"
        if name not in rows.columns:
            return
        code = pl.col(name)
        foreign = (code != "") & ~code.is_in(self._codes)
        kinds = {column.name: column.kind for column in self.layout.columns}
        if kinds[name] is Kind.GOODS_CODE:  # materials have codes of the taxpayer's own
            foreign &= code.str.contains(_GTIN)
        if self.layout is LINES:
            named = (code != "") & ~code.is_in(self._codes)
            foreign = (pl.col("form") == "0702") & named | (pl.col("form") == "0704") & foreign
        yield from _where(rows, foreign, name, "not-your-product")

    def _unbalanced(self, rows: pl.DataFrame) -> Iterator[RowFault]:
        left = pl.col("opening") + pl.col("received") - pl.col("issued") - pl.col("lost")
        wrong = rows.filter((pl.col("closing") != left) & (pl.col("action") != "A"))
        for place, closing, due in wrong.select("place", "closing", left.alias("due")).iter_rows():
            yield RowFault(place, "closing", "not-balanced", f"{shown(closing)} ≠ {shown(due)}")

    def _keep(self, rows: pl.DataFrame) -> None:
        fields = ("place", "form", "product_code", "day_on", *QUANTITIES, "action")
        whole = rows.select(fields).drop_nulls()
        self.rows += [Row(*values) for values in whole.head(MAX_ROWS + 1).iter_rows()]


def _where(rows: pl.DataFrame, wrong: pl.Expr, name: str, code: str) -> Iterator[RowFault]:
    for place, value in rows.filter(wrong).select("place", name).iter_rows():
        yield RowFault(place, name, code, str(value))
