"""Run every benchmark and print its ratios."""

import sys

from benchmarks import exchange, lists, matching

for _module in (exchange, matching, lists):
    for _line in _module.ratios():
        sys.stdout.write(f"{_line}\n")
        sys.stdout.flush()
