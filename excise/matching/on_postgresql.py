"""The rules on PostgreSQL: for who must not let anything leave it, and to prove the texts.

Everything happens in temporary tables of one connection and is gone with it.
"""

import io
from collections.abc import Collection

import duckdb
import psycopg
import pyarrow as pa
from psycopg import sql
from pyarrow import csv
from pyarrow import parquet as pq

from excise.config import Settings
from excise.matching.declared import TABLES, Snapshot
from excise.matching.dialects import POSTGRESQL, translated
from excise.matching.rules import Rule
from excise.matching.tables import given, months_read, opened
from excise.matching.verdicts import BATCH_ROWS, VERDICT, Verdicts

_TYPES = {pa.string(): "text", pa.int64(): "bigint", pa.date32(): "date", pa.bool_(): "boolean"}


def write(settings: Settings, taken: Snapshot, rules: Collection[Rule], verdicts: Verdicts) -> None:
    """Run the rules on a server and write down what they say."""
    views = [layout.code for layout, _ in months_read(rules, taken.period)]
    with (
        psycopg.connect(_address(settings)) as server,
        opened(settings, taken, rules, tax_id=None) as connection,
    ):
        server.execute("SELECT set_config('work_mem', %s, false)", [settings.match_memory])
        for name in (*TABLES, *views):
            _load(server, connection, name)
        for rule in rules:
            asked = given(taken.period, taken.tolerances[rule.id])
            query = translated(rule.sql, POSTGRESQL, given=asked, answer=VERDICT)
            _fetch(server, query, verdicts, rule)


def _address(settings: Settings) -> str:
    """Return the server: the one named, or else that of the program's own database."""
    named = settings.match_engine if "://" in settings.match_engine else settings.database_url
    return named.replace("postgresql+psycopg://", "postgresql://")


def _load(server: psycopg.Connection, connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Copy a table or a view to a temporary table of the same name."""
    rows = connection.sql(f"FROM {name}").to_arrow_reader(BATCH_ROWS)
    fields = [
        sql.SQL("{} {}").format(sql.Identifier(field.name), sql.SQL(_TYPES[field.type]))
        for field in rows.schema
    ]
    table = sql.Identifier(name)
    server.execute(sql.SQL("CREATE TEMP TABLE {} ({})").format(table, sql.SQL(", ").join(fields)))
    into = sql.SQL("COPY {} FROM STDIN (FORMAT csv)").format(table)
    with server.cursor() as cursor, cursor.copy(into) as copy:
        for batch in rows:
            copy.write(_written(batch))
    server.execute(sql.SQL("ANALYZE {}").format(table))


def _written(batch: pa.RecordBatch) -> bytes:
    buffer = io.BytesIO()
    csv.write_csv(batch, buffer, csv.WriteOptions(include_header=False))
    return buffer.getvalue()


def _fetch(server: psycopg.Connection, query: str, verdicts: Verdicts, rule: Rule) -> None:
    """Write the answer of a query, piece by piece."""
    with (
        server.cursor(name="said") as cursor,
        pq.ParquetWriter(verdicts.of(rule), VERDICT, compression="zstd") as writer,
    ):
        cursor.execute(query.encode())
        while rows := cursor.fetchmany(BATCH_ROWS):
            columns = [
                pa.array(column, field.type)
                for column, field in zip(zip(*rows, strict=True), VERDICT, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=VERDICT))
