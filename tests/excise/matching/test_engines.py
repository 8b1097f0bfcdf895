"""The same texts on another engine give the same rows, to the last satang."""

from dataclasses import replace
from random import Random

from excise.config import Settings
from excise.matching.engine import judge_all
from excise.matching.rules import RULES
from excise.matching.verdicts import VERDICT, Verdicts
from tests.excise.matching import anything


def said(settings, taken):
    """What every rule says on the engine of the settings, in an order of its own."""
    verdicts = Verdicts.begin(settings)
    judge_all(settings, taken, verdicts, tax_id=None)
    told = {rule_id: [] for rule_id in RULES}
    for rule, rows in verdicts.batches():
        assert (rows.schema.names, rows.schema.types) == (VERDICT.names, VERDICT.types)
        told[rule.id] += [tuple(row.values()) for row in rows.to_pylist()]
    return {rule_id: sorted(rows, key=str) for rule_id, rows in told.items()}


def test_postgresql_says_of_anything_what_duckdb_says(pg_url, tmp_path):
    outcomes = set()
    for seed in range(2):
        settings = Settings(data=tmp_path / str(seed), database_url=pg_url)
        taken = anything.landed(Random(seed), settings)
        expected = said(settings, taken)
        found = said(replace(settings, match_engine="postgresql"), taken)
        for rule_id, rows in expected.items():
            assert found[rule_id] == rows, rule_id
            outcomes |= {row[-1] for row in rows}
    # The data try every corner, whatever the rules are by now.
    assert outcomes >= {"matched", "within-tolerance", "under-declared", "over-declared"}
    assert outcomes >= {"missing-in-return", "missing-in-source", "period-shift", "not-comparable"}
