"""The terminal checks an edition, compares two, and looks a rate up."""

import json
import re
from importlib.resources import files

import polars as pl
import pytest
from click.testing import CliRunner

from cli import main
from excise.db import Database
from tests.excise.tariff.editions import beer_from, published
from tests.factories import MONTH

TEXT = files("excise.tariff").joinpath("first_edition.yaml").read_text(encoding="utf-8")


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run a command where there is no database."""
    monkeypatch.setenv("EXCISE_DATA", str(tmp_path))
    monkeypatch.delenv("EXCISE_DATABASE_URL", raising=False)

    def run(*words):
        return CliRunner().invoke(main, ["tariff", *map(str, words)])

    return run


@pytest.fixture
def with_editions(run, sqlite_url, tmp_path):
    """The same where a second edition is in force."""
    database = Database(sqlite_url)
    with database.transaction() as session:
        published(session, beer_from(MONTH))
    database.close()
    return run


def written(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / name


def test_every_fault_of_a_file_is_said_with_its_line(run, tmp_path):
    faulty = TEXT.replace("unit: kg\n", "unit: stone\n").replace("baht: 430,", "baht: 4300,")
    faulty = faulty.replace('source: "Nation", confidence: press', "confidence: press", 1)
    answer = run("check", written(tmp_path, "faulty.yaml", faulty))
    assert answer.exit_code == 1
    said = answer.output.splitlines()
    assert all(line.startswith("line ") for line in said)
    for fault in ("unknown unit stone", "above the ceiling", "source: Field required"):
        assert any(fault in line for line in said), fault


def test_faults_are_said_in_thai_where_the_terminal_is_thai(run, tmp_path, monkeypatch):
    faulty = written(tmp_path, "faulty.yaml", TEXT.replace("unit: kg\n", "unit: stone\n", 1))
    monkeypatch.setenv("LC_ALL", "th_TH.UTF-8")
    assert re.match(r"บรรทัดที่ \d+: items lpg: ไม่มีหน่วย stone\n", run("check", faulty).output)
    [fault] = json.loads(run("check", faulty, "--format", "json").output)["faults"]
    assert (fault["code"], fault["where"]) == ("unknown-unit", "items lpg")
    assert TEXT.splitlines()[fault["line"] - 1].strip() == "- id: lpg"


def test_a_whole_file_has_no_fault(run, tmp_path):
    answer = run("check", written(tmp_path, "whole.yaml", TEXT))
    assert (answer.exit_code, answer.output) == (0, "74 items, no fault.\n")


def test_the_difference_of_two_files_names_row_field_and_both_figures(run, tmp_path):
    old = written(tmp_path, "old.yaml", TEXT)
    new = written(tmp_path, "new.yaml", TEXT.replace("baht: 430,", "baht: 431,"))
    said = run("diff", old, new).output
    assert "items beer from 2017-09-16" in said
    assert "baht: 430 → 431" in said
    told = json.loads(run("diff", old, new, "--format", "json").output)
    assert told["taxed_otherwise"] == [{"item": "beer", "from": "2017-09-16", "to": None}]
    assert told["changes"][0]["fields"] == [{"field": "baht", "old": "430", "new": "431"}]


def test_editions_are_compared_by_number(with_editions):
    assert "baht: – → 500" in with_editions("diff", 1, 2).output


def test_a_number_without_a_database_is_refused_in_words(run):
    answer = run("diff", 1, 2)
    assert answer.exit_code == 2
    assert "no database" in answer.output


def test_a_rate_is_shown_with_its_law_and_source(run):
    said = run("show", "beer", "--on", "2026-04-02").output
    assert "22% of value + 430 baht a litre of pure alcohol" in said
    assert "source: Excise Dept slide; ETRS" in said
    told = json.loads(run("show", "car_hev", "--on", "2026-04-02", "--format", "json").output)
    assert told["rows"][0]["bands"]
    assert run("show", "nonsense").exit_code == 1


LINES = """id,item,tax_point_date,units,srp_ex_vat,volume_l,degree
a,beer,2026-04-02,100,36.45,0.32,5
b,beer,2026-04-02,100,36.45,,5
"""


def test_a_file_of_any_length_comes_out_as_csv_or_parquet_and_a_bad_line_is_named(run, tmp_path):
    csv, parquet = tmp_path / "lines.csv", tmp_path / "lines.parquet"
    csv.write_text(LINES)
    pl.read_csv(csv, infer_schema=False).write_parquet(parquet)
    for source, target in ((csv, "taxes.parquet"), (parquet, "taxes.csv")):
        answer = CliRunner().invoke(
            main, ["calculate", str(source), "--bulk", str(tmp_path / target)]
        )
        assert answer.exit_code == 1
        assert answer.stdout == ""
        assert "2 lines, 1 refused" in answer.stderr
    found = pl.read_parquet(tmp_path / "taxes.parquet")
    assert found.equals(pl.read_csv(tmp_path / "taxes.csv", schema=found.schema))
    good, bad = found.rows(named=True)
    single = CliRunner().invoke(main, ["calculate", str(csv)])
    expected = json.loads(single.stdout)[0]
    for name in ("value_tax", "quantity_tax", "excise", "local", "total_payable", "confidence"):
        assert good[name] == expected[name]
    assert (good["error_code"], bad["total_payable"]) == (None, None)
    assert (bad["id"], bad["error_code"], bad["error_field"]) == (
        "b",
        "measure-missing",
        "volume_l",
    )
    csv.write_text("\n".join(LINES.splitlines()[:2]))
    answer = CliRunner().invoke(main, ["calculate", str(csv), "--bulk", str(tmp_path / "a.csv")])
    assert answer.exit_code == 0
    assert "1 lines, 0 refused" in answer.stderr


def test_a_rate_is_shown_by_the_edition_in_force(with_editions):
    assert "500 baht" in with_editions("show", "beer", "--on", MONTH).output
    assert "430 baht" in with_editions("show", "beer", "--on", MONTH, "--edition", 1).output
