"""Run every benchmark and print its ratios."""

import sys

from benchmarks import exchange, matching

for _module in (exchange, matching):
    for _line in _module.ratios():
        sys.stdout.write(f"{_line}\n")
        sys.stdout.flush()
