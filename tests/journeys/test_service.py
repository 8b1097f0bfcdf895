"""The service as its operator meets it."""

import json
import os
import signal
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from excise.audit import AuditHead
from excise.checks import CHECKS
from excise.db import Database
from tests.journeys.conftest import answers, install, wait_for


def test_each_door_says_that_it_is_alive_and_ready(service):
    settings = service.settings
    for url in (settings.public_url, settings.backoffice_url, settings.exchange_url):
        assert answers(f"{url}/healthz")
        assert answers(f"{url}/readyz")


def test_a_part_that_is_killed_comes_back(service):
    killed = children_of(service.process.pid)
    for child in killed:
        os.kill(child, signal.SIGKILL)
    wait_for(lambda: len(set(children_of(service.process.pid)) - set(killed)) == 2)
    wait_for(lambda: answers(f"{service.settings.public_url}/readyz"))


def test_what_a_killed_supervisor_began_ends_too(tmp_path):
    service = install(tmp_path)
    service.start()
    parts = children_of(service.process.pid)
    service.process.kill()
    service.process.wait()
    wait_for(lambda: not any(Path(f"/proc/{part}").exists() for part in parts))
    assert not answers(f"{service.settings.public_url}/healthz")


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]


@pytest.mark.parametrize(("path", "code"), [("/ws/filing/v1", 405), ("/ws/nothing/v1", 404)])
def test_the_exchange_never_answers_with_a_page(service, path, code):
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{service.settings.exchange_url}{path}", timeout=5)
    answer = caught.value
    assert answer.code == code
    assert answer.headers.get_content_type() == "text/plain"
    assert "Set-Cookie" not in answer.headers
    answer.close()


def test_check_passes_on_a_new_installation_and_names_a_fault(tmp_path):
    service = install(tmp_path)
    done = service.excise("check")
    assert done.stdout.count("ok ") == len(CHECKS)
    database = Database(service.settings.database_url)
    with database.transaction() as session:
        session.add(AuditHead(id=1, seq=3, hash="x"))
    database.close()
    done = service.excise("check", check=False)
    assert done.returncode == 1
    assert "FAULT  audit chain intact: entries after 0 are missing" in done.stdout


def test_calculate_takes_one_line_or_a_file(service, tmp_path):
    words = "item=beer tax_point_date=2026-04-02 units=120000 retail_price_incl_vat=69 volume_l=0.62 degree=5"
    [line] = json.loads(service.excise("calculate", *words.split()).stdout)
    assert line["total_payable"] == 388_000_980
    file = tmp_path / "lines.csv"
    file.write_text(
        "id,item,tax_point_date,units,litres_per_unit\nA,petrol_ulg,2025-05-06,1,10000.3\nB,nix,2026-01-01,1,1\n"
    )
    done = service.excise("calculate", str(file), check=False)
    good, bad = json.loads(done.stdout)
    assert (good["id"], good["total_payable"]) == ("A", 7_150_715)
    assert (bad["id"], bad["error"]["field"]) == ("B", "item")
    assert done.returncode == 1


def test_a_broken_bank_file_is_refused_with_its_rows(service, tmp_path):
    file = tmp_path / "bank.csv"
    file.write_text(
        "bank_code,transaction_id,paid_at,amount,ref1,ref2,channel\n"
        "KTB,T1,2026-11-23T10:00:00,1.234,A,B,X\n"
    )
    done = service.excise("import", "bank", str(file), check=False)
    assert done.returncode == 1
    assert "bank-file-rows" in done.stderr
    assert "amount" in done.stderr
    assert "Traceback" not in done.stderr
