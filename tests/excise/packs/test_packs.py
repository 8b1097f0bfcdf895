"""A pack verifies from its bytes alone, and any changed byte is named."""

import io
import json
import shutil
import zipfile

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from cli import main
from excise import records, work
from excise.audit import AuditEntry
from excise.cases.models import Discrepancy
from excise.config import Settings
from excise.db import Database
from excise.documents.detached import certificate_of, signature_of
from excise.documents.seal import Seal, make_demo_seal, seal_of
from excise.documents.store import Store
from excise.errors import Invalid, NotAllowed, NotFound
from excise.packs import actions, verified
from excise.packs.queries import packs_of
from excise.packs.rules import packed
from tests import factories
from tests.excise.matching.test_runs import EXCISE_OF_100_CANS, filed, sold
from tests.factories import AT


@pytest.fixture(scope="module")
def made(tmp_path_factory, sqlite_template):
    """A pack of a hundred cans that were not declared, beside the sales of somebody else."""
    folder = tmp_path_factory.mktemp("pack")
    shutil.copy(sqlite_template, folder / "db.sqlite")
    settings = Settings(data=folder, database_url=f"sqlite:///{folder}/db.sqlite", demo=True)
    database = Database(settings.database_url)
    records.load_workflows()
    filed(database, 1_000)
    sold(settings, database, 600, 500)
    with database.transaction() as session:
        found = session.scalars(sa.select(Discrepancy)).one()
        officer = factories.officer(session, roles=["auditor"]).id
        key = actions.ask(session, reference=found.reference, officer_id=officer, at=AT)
        reference = found.reference
    with work.worker(settings, database):
        work.drain(database)
    assert work.failed(database) == []
    with database.transaction() as session:
        [document] = packs_of(session, reference)
        taken = {"reference": reference, "key": key.partition(":")[2], "at": AT}
        assert actions.hand_out(session, officer_id=officer, **taken).id == document.id
        cashier = factories.officer(session, roles=["cashier"]).id
        with pytest.raises(NotAllowed):
            actions.hand_out(session, officer_id=cashier, **taken)
        with pytest.raises(NotFound):
            actions.hand_out(session, officer_id=officer, **taken | {"key": "x"})
        content = Store(settings.documents).get(document.sha256)
    with database.reading() as session:
        acts = session.scalars(sa.select(AuditEntry.act)).all()
    assert {"pack.ask", "pack.hand-out"} <= set(acts)
    database.close()
    return content, certificate_of(seal_of(settings, at=AT))


def files_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def changed(content, name, old, new):
    files = files_of(content)
    assert old in files[name]
    return packed(files | {name: files[name].replace(old, new)}, at=AT)


def test_a_pack_verifies_without_our_database(made):
    content, certificate = made
    verdict = verified(content, certificate=certificate)
    assert verdict.faults == ()
    assert verdict.signed.is_trusted
    assert (verdict.rows, verdict.calculations, verdict.deliveries) == (2, 2, 1)
    files = files_of(content)
    case = json.loads(files["case.json"])
    assert (case["declared"], case["evidence"]) == (10_000_000, 11_000_000)
    assert case["potential_satang"] == EXCISE_OF_100_CANS
    manifest = json.loads(files["manifest.json"])
    assert manifest["sums"][0]["is_the_evidence"]
    assert any(name.startswith("returns/") for name in files)


@pytest.mark.parametrize(
    ("name", "old", "new", "where"),
    [
        ("rows/vat_sales.csv", b"6000000", b"6000001", "rows/vat_sales.csv > units"),
        ("case.json", b'"evidence":11000000', b'"evidence":12000000', "case.json > evidence"),
        ("case.json", b'"potential_satang":', b'"potential_satang":9', "potential_satang"),
        ("tax.json", b'"satang":', b'"satang":1', "tax.json"),
        ("rules.sql", b"SELECT", b"SELECt", "rules.sql"),
        ("manifest.json", b'"version":1', b'"version":2', "manifest.json"),
        ("READ-ME.txt", b"D", b"d", "READ-ME.txt"),
    ],
)
def test_one_changed_byte_is_named(made, name, old, new, where):
    content, certificate = made
    verdict = verified(changed(content, name, old, new), certificate=certificate)
    assert any(where in fault.where for fault in verdict.faults), verdict.faults
    assert any(fault.place[0] == name for fault in verdict.faults)


def test_what_is_missing_added_or_anothers_is_named(made):
    content, _ = made
    files = files_of(content)
    less = {name: text for name, text in files.items() if name != "letters.json"}
    assert [each.where for each in verified(packed(less, at=AT)).faults] == ["letters.json"]
    more = packed(files | {"extra.txt": b"x"}, at=AT)
    assert [each.where for each in verified(more).faults] == ["extra.txt"]
    tax_id = json.loads(files["case.json"])["tax_id"].encode()
    other = changed(content, "rows/vat_sales.csv", tax_id, factories.tax_id(9).encode())
    assert "rows/vat_sales.csv > tax_id" in [each.where for each in verified(other).faults]


def test_a_pack_sealed_anew_by_another_is_not_ours(made, tmp_path):
    content, certificate = made
    path, words = make_demo_seal(tmp_path, at=AT)
    files, seal = files_of(content), Seal(path.read_bytes(), words)
    files["manifest.p7s"] = signature_of(seal, files["manifest.json"], at=AT)
    forged = packed(files, at=AT)
    assert not verified(forged).faults  # it agrees with itself, but whose is it?
    assert not verified(forged).signed.is_trusted
    [fault] = verified(forged, certificate=certificate).faults
    assert fault.where == "manifest.p7s"


def test_what_is_no_pack_is_refused(made):
    with pytest.raises(Invalid):
        verified(b"no zip")
    with pytest.raises(Invalid):
        verified(packed({"manifest.json": b"{}"}, at=AT))
    with pytest.raises(Invalid):
        verified(made[0], certificate=b"no certificate")


def test_the_terminal_says_what_is_right_and_whose_seal_it_is(made, tmp_path):
    content, certificate = made
    pack, trusted = tmp_path / "pack.zip", tmp_path / "ours.pem"
    pack.write_bytes(content)
    trusted.write_bytes(certificate)
    run = CliRunner().invoke
    sure = run(main, ["verify-pack", str(pack), "--certificate", str(trusted)])
    assert (sure.exit_code, "Right: " in sure.output) == (0, True), sure.output
    assert run(main, ["verify-pack", str(pack)]).exit_code == 3
    pack.write_bytes(changed(content, "rows/vat_sales.csv", b"6000000", b"6000001"))
    wrong = run(main, ["verify-pack", str(pack)])
    assert (wrong.exit_code, "rows/vat_sales.csv > units" in wrong.output) == (1, True)
