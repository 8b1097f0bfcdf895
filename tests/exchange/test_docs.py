"""The page for other agencies' developers says what is so."""

import os
import re
import subprocess
from pathlib import Path

from exchange.catalogue import _catalogue
from exchange.offered import SERVICES

PAGE = (Path(__file__).parents[2] / "docs/exchange.md").read_text()


def test_the_envelope_written_by_hand_is_answered(door, tmp_path):
    (script,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    told = {"EXCHANGE": door.url, "AGENCY": "RD", "PASSWORD": door.passwords["RD"]}
    done = subprocess.run(
        ["bash", "-ec", script], cwd=tmp_path, env=os.environ | told, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "<GetTaxpayerResponse " in done.stdout


def test_every_service_and_every_fault_is_on_the_page():
    for service in SERVICES:
        assert f"/ws/{service.name}/v1" in PAGE
        for operation in service.contract().operations.values():
            assert operation.name in PAGE
    for fault in _catalogue()["faults"]:
        assert fault.partition(".")[2] in PAGE
