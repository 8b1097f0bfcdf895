"""Whole files through `excise calculate --bulk`: what each size takes in time and in memory.

Each runs in a process of its own; what the imports alone hold is the least that any can hold.
"""

import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from excise.tariff.schema import first_edition
from excise.worksheet.streams import calculate_file

SIZES = (100_000, 1_000_000, 10_000_000)
AT_ONCE = 1_000_000


def ratios() -> list[str]:
    """Compare sizes; the peer is the smallest."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "lines.parquet"), Path(folder, "taxes.parquet")
        _, floor_mb = _run()
        found = []
        for count in SIZES:
            _write(source, count)
            found.append((count, *_run(str(source), str(target))))
    peer = found[0][2]
    return [
        f"Parquet to Parquet; the imports alone hold {floor_mb} MB",
        *(
            f"  {peak_mb / peer:6.2f}  {count:,} lines: at most {peak_mb} MB"
            f" ({count / seconds / 1e6:.2f} million lines a second)"
            for count, seconds, peak_mb in found
        ),
    ]


def _write(path: Path, count: int) -> None:
    """Write soft drinks as people enter them: text, decimals, whole pieces."""
    chance = np.random.default_rng(1)

    def drawn(at_most: int, places: int) -> pl.Series:
        drawn = pl.Series(chance.integers(1, at_most, min(count, AT_ONCE)))
        return (drawn.cast(pl.Decimal(18, places)) / 10**places).cast(pl.Decimal(18, places))

    some = pl.DataFrame(
        {
            "srp_ex_vat": drawn(10_000, 2),
            "units": chance.integers(1, 5000, min(count, AT_ONCE)),
            "litres_per_unit": drawn(20_000, 4),
            "sugar_g_per_100ml": drawn(250_000, 4),
        }
    ).with_columns(item=pl.lit("soft_drink"), tax_point_date=pl.lit(date(2026, 10, 15)))
    pl.concat([some] * (count // len(some))).write_parquet(path)


def _run(*files: str) -> tuple[float, int]:
    command = [sys.executable, "-m", "benchmarks.files", *files]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()  # noqa: S603
    return float(told[0]), int(told[1])


def main() -> None:
    """Calculate a file if there is one, and say the seconds it took and the MB at the peak."""
    tariff, start = first_edition(), time.perf_counter()
    if sys.argv[1:]:
        calculate_file(tariff, *map(Path, sys.argv[1:]))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(f"{seconds} {peak}\n")


if __name__ == "__main__":
    main()
