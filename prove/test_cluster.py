"""The rules on a real Spark cluster say of anything what they say here, row by row."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from random import Random
from urllib.request import urlopen

import pytest

from excise.config import Settings
from prove.conftest import SEED, note
from tests.excise.matching import anything
from tests.excise.matching.test_engines import said

pytestmark = [
    pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java for Spark"),
    pytest.mark.skipif(find_spec("pyspark") is None, reason="install the extra `cluster`"),
]
WORKERS, PATIENCE_SECONDS = 2, 120


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A master and two workers of this machine, each a process of its own."""
    settings = tmp_path / "spark"
    settings.mkdir()
    port, page = _free_port(), _free_port()
    (settings / "spark-defaults.conf").write_text(
        "spark.driver.host 127.0.0.1\nspark.driver.bindAddress 127.0.0.1\nspark.ui.enabled false\n"
        "spark.executor.memory 1g\nspark.sql.shuffle.partitions 4\n"
    )
    monkeypatch.setenv("SPARK_CONF_DIR", str(settings))
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    monkeypatch.setenv("SPARK_WORKER_DIR", str(tmp_path / "work"))
    address = f"spark://127.0.0.1:{port}"
    master = ("Master", "--host", "127.0.0.1", "--port", str(port), "--webui-port", str(page))
    worker = ("Worker", address, "--host", "127.0.0.1", "--cores", "1", "--memory", "1g")
    worker = (*worker, "--webui-port", "0")
    started = [_start(tmp_path, *command) for command in (master, *[worker] * WORKERS)]
    try:
        _wait_for_workers(page)
        yield address
    finally:
        for process in reversed(started):
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def _start(folder: Path, role: str, *arguments: str) -> subprocess.Popen[bytes]:
    home = Path(str(find_spec("pyspark").origin)).parent
    kind = f"org.apache.spark.deploy.{role.lower()}.{role}"
    with (folder / f"{role}.log").open("ab") as log:
        command = [home / "bin" / "spark-class", kind, *arguments]
        return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)


def _wait_for_workers(page: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            with urlopen(f"http://127.0.0.1:{page}/json/", timeout=5) as answer:
                if answer.read().count(b'"state" : "ALIVE"') == WORKERS:
                    return
        except OSError:
            pass
        time.sleep(0.5)
    raise TimeoutError("the cluster did not start")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.mark.filterwarnings("ignore")  # the library's own
def test_a_cluster_says_of_anything_what_duckdb_says(cluster, tmp_path):
    settings = Settings(data=tmp_path / "data", database_url="")
    taken = anything.landed(Random(SEED), settings)
    expected = said(settings, taken)
    began = time.monotonic()
    found = said(replace(settings, match_engine=cluster), taken)
    for rule_id, rows in expected.items():
        assert found[rule_id] == rows, rule_id
    rows = sum(map(len, expected.values()))
    note(f"Spark, {WORKERS} workers: {len(expected)} rules, {rows:,} rows equal to DuckDB's")
    note(f"  in {time.monotonic() - began:.0f} s, the start of its session among them")
