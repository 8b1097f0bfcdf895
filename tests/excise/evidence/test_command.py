"""`excise import evidence`, as somebody at a terminal sees it."""

import pytest
from click.testing import CliRunner

from cli import main
from excise.config import ROOT
from excise.db import Database
from excise.evidence.layouts import LAYOUTS
from excise.evidence.models import Delivery
from tests.conftest import count

EXAMPLE = ROOT / "docs" / "examples" / "vat-sales.csv"


@pytest.fixture
def own(sqlite_url):
    database = Database(sqlite_url)
    yield database
    database.close()


def run(path, database, tmp_path, layout="vat_sales"):
    environment = {"EXCISE_DATA": str(tmp_path), "EXCISE_DATABASE_URL": str(database.engine.url)}
    return CliRunner().invoke(main, ["import", "evidence", layout, str(path)], env=environment)


def test_a_file_is_imported_once(own, tmp_path):
    first = run(EXAMPLE, own, tmp_path)
    again = run(EXAMPLE, own, tmp_path)
    assert (first.exit_code, again.exit_code) == (0, 0), first.output
    assert "VS-" in first.stdout
    assert "6 rows" in first.stdout
    assert again.stdout.endswith("imported before\n")
    with own.reading() as session:
        assert count(session, Delivery) == 1


def test_a_wrong_row_is_told_in_both_languages_and_nothing_is_kept(own, tmp_path):
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(EXAMPLE.read_text().replace("2026-10-21", "2569-10-21"))
    answer = run(wrong, own, tmp_path)
    assert answer.exit_code == 1
    assert "row 6 document_date '2569-10-21'" in answer.stderr
    assert "ปีเป็น พ.ศ." in answer.stderr
    assert "Buddhist Era" in answer.stderr
    with own.reading() as session:
        assert count(session, Delivery) == 0
    assert not (tmp_path / "documents").exists()


def test_every_layout_is_listed_and_has_an_example(own, tmp_path):
    listed = CliRunner().invoke(main, ["import", "layouts"]).output
    for layout in LAYOUTS:
        assert layout in listed
    example = CliRunner().invoke(main, ["import", "example", "vehicle_registrations"]).output
    assert example.startswith("vin,")
    unknown = run(EXAMPLE, own, tmp_path, layout="nothing")
    assert (unknown.exit_code, "nothing" in unknown.stderr) == (1, True)
