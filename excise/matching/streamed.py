"""A query of very many rows as columns: a million of them must not become as many objects."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.orm import Session

_PIECE = {"yield_per": 20_000}
_GTIN_DIGITS = 14


def table_of(session: Session, query: sa.Select[*tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    """Return what a query finds, its columns in the order of the schema.

    A `product_code` is a GTIN as we keep it, or None; it comes out in its longest form.
    """
    pieces = []
    with session.execute(query, execution_options=_PIECE) as rows:
        for some in rows.partitions():
            columns = [
                pa.array(column, field.type)
                for column, field in zip(zip(*some, strict=True), schema, strict=True)
            ]
            pieces.append(pa.RecordBatch.from_arrays(columns, schema=schema))
    found = pa.Table.from_batches(pieces, schema)
    place = schema.get_field_index("product_code")
    return found.set_column(place, schema.field(place), _longest(found["product_code"]))


def _longest(gtins: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return GTINs in 14 digits, and nothing as nothing.

    >>> _longest(pa.chunked_array([["8850124003225", None]])).to_pylist()
    ['08850124003225', '']
    """
    told = pc.fill_null(gtins, "")
    return pc.if_else(pc.equal(told, ""), "", pc.utf8_lpad(told, _GTIN_DIGITS, "0"))
