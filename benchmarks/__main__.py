"""Run every benchmark and print its ratios."""

import sys

from benchmarks import calculation, exchange, files, imports, lists, matching, receipts

for _module in (calculation, files, imports, receipts, exchange, matching, lists):
    for _line in _module.ratios():
        sys.stdout.write(f"{_line}\n")
        sys.stdout.flush()
