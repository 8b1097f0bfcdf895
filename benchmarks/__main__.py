"""Run every benchmark and print its ratios."""

import sys

from benchmarks import calculation, exchange, files, imports, lists, matching

for _module in (calculation, files, imports, exchange, matching, lists):
    for _line in _module.ratios():
        sys.stdout.write(f"{_line}\n")
        sys.stdout.flush()
