"""The rules on a Spark cluster, whose machines all see the data folder under the same path.

Each machine reads the Parquet of the evidence itself; what the rules say comes back to
this process and is written down here.
"""

import threading
from collections.abc import Collection
from datetime import date
from pathlib import Path

from pyarrow import parquet as pq
from pyspark.sql import SparkSession

from excise.config import Settings
from excise.evidence import parquet
from excise.evidence.columns import Layout
from excise.matching.declared import Snapshot
from excise.matching.dialects import SPARK, reworded, translated
from excise.matching.rules import Rule
from excise.matching.tables import given, months_read
from excise.matching.verdicts import VERDICT, Verdicts

_alone = threading.Lock()  # a process has one session, and who ends it ends it for all


def write(settings: Settings, taken: Snapshot, rules: Collection[Rule], verdicts: Verdicts) -> None:
    """Run the rules on the cluster and write down what they say."""
    with _alone:
        builder = SparkSession.builder.master(settings.match_engine).appName("excise matching")
        session = builder.getOrCreate()
        try:
            for layout, months in months_read(rules, taken.period):
                _view(session, settings, layout, months)
            _tables(session, taken, verdicts.folder / "tables")
            for rule in rules:
                asked = given(taken.period, taken.tolerances[rule.id])
                query = translated(rule.sql, SPARK, given=asked, answer=VERDICT)
                said = session.sql(query).toArrow().cast(VERDICT)
                pq.write_table(said, verdicts.of(rule), compression="zstd")
        finally:
            session.stop()


def _tables(session: SparkSession, taken: Snapshot, folder: Path) -> None:
    folder.mkdir()
    for name, table in taken.tables().items():
        path = folder / f"{name}.parquet"
        pq.write_table(table, path)
        session.read.parquet(str(path)).createOrReplaceTempView(name)


def _view(session: SparkSession, settings: Settings, layout: Layout, months: list[date]) -> None:
    """Make the view of a layout: the same queries as `parquet.view` over the same files."""
    filed = f"filed_{layout.code}"
    rows, replaced = (
        parquet.files(settings, months, layout, replaced=which) for which in (False, True)
    )
    if replaced:
        _files(session, f"{filed}_ever", rows, layout)
        _files(session, f"{filed}_replaced", replaced, layout)
        session.sql(parquet.in_force(filed, layout)).createOrReplaceTempView(filed)
    else:
        _files(session, filed, rows, layout)
    left = parquet.left_of(filed, layout, rows)
    session.sql(reworded(left, SPARK)).createOrReplaceTempView(layout.code)


def _files(session: SparkSession, name: str, paths: list[str], layout: Layout) -> None:
    if paths:
        session.read.parquet(*paths).createOrReplaceTempView(name)
        return
    none = ", ".join(
        f"CAST(NULL AS {kind}) AS {field}" for field, kind in layout.view_types.items()
    )
    session.sql(reworded(f"SELECT {none} WHERE false", SPARK)).createOrReplaceTempView(name)
