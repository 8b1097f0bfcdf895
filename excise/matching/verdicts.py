"""What the rules said of a month, on disk until it is kept: a Parquet file a rule.

A run of everybody has a row for every product of every taxpayer, too many to hand on
in memory or through the durable work.
"""

import shutil
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from excise.config import Settings
from excise.matching.models import Outcome
from excise.matching.rules import RULES, Rule

VERDICT = pa.schema(
    [
        ("tax_id", pa.string()),
        ("registration_id", pa.int64()),
        ("product_id", pa.int64()),
        ("product_code", pa.string()),
        ("declared", pa.int64()),
        ("evidence", pa.int64()),
        ("difference", pa.int64()),
        ("tolerance", pa.int64()),
        ("base", pa.int64()),
        ("reason", pa.string()),
        ("outcome", pa.string()),
    ]
)
BATCH_ROWS = 50_000
_ABANDONED = timedelta(days=2)
_QUIET = pa.array([Outcome.MATCHED.value, Outcome.WITHIN_TOLERANCE.value])


class Verdicts:
    """The folder of one run that is not kept yet."""

    def __init__(self, settings: Settings, name: str) -> None:
        """Name a folder; `is_there` tells whether it is still there."""
        self.name, self.folder = name, _all(settings) / name

    @classmethod
    def begin(cls, settings: Settings) -> Self:
        """Make a folder that nobody else has."""
        begun = cls(settings, uuid4().hex)
        begun.folder.mkdir(parents=True)
        return begun

    @property
    def is_there(self) -> bool:
        """Tell whether nobody has thrown it away."""
        return self.folder.is_dir()

    def of(self, rule: Rule) -> Path:
        """Return the file of a rule."""
        return self.folder / f"{rule.id}.parquet"

    def batches(self, columns: Collection[str] | None = None) -> Iterator[tuple[Rule, pa.Table]]:
        """Yield everything, or some columns of it, in pieces of the same rule."""
        for path in sorted(self.folder.glob("*.parquet")):
            with pq.ParquetFile(path) as file:
                for rows in file.iter_batches(BATCH_ROWS, columns=columns and list(columns)):
                    yield RULES[path.stem], pa.Table.from_batches([rows])

    def counts(self) -> dict[str, int]:
        """Count the rows by rule and outcome, as `R01:matched`."""
        counted: Counter[str] = Counter()
        for rule, rows in self.batches(["outcome"]):
            for found in rows["outcome"].value_counts().to_pylist():
                counted[f"{rule.id}:{found['values']}"] += found["counts"]
        return dict(counted)

    def noteworthy(self) -> Iterator[tuple[Rule, pa.Table]]:
        """Yield, piece by piece, what is neither equal nor within its tolerance."""
        for rule, rows in self.batches():
            yield rule, rows.filter(pc.invert(pc.is_in(rows["outcome"], value_set=_QUIET)))

    def forget(self) -> None:
        """Throw it away; once more changes nothing."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _all(settings: Settings) -> Path:
    return settings.data / "temporary" / "verdicts"


def forget_abandoned(settings: Settings, at: datetime) -> None:
    """Throw away what runs have left that were stopped days before."""
    for folder in _all(settings).glob("*"):
        if folder.stat().st_mtime < (at - _ABANDONED).timestamp():
            shutil.rmtree(folder, ignore_errors=True)
