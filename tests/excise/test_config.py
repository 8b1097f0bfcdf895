import stat
import subprocess
import sys
from pathlib import Path

import pytest

from excise.config import Settings, from_environment, shipped, write_secret


def settings(folder: Path) -> Settings:
    return Settings(data=folder, database_url="")


def test_racing_processes_make_one_secret(tmp_path):
    program = (
        "import sys, pathlib; from excise.config import Settings\n"
        "sys.stdin.read(1)\n"
        "told = Settings(data=pathlib.Path(sys.argv[1]), database_url='').secret('session')\n"
        "sys.stdout.buffer.write(told)"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    racers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(6)
    ]
    for racer in racers:
        racer.stdin.write(b"x")
        racer.stdin.flush()
    told = {racer.communicate()[0] for racer in racers}
    assert [racer.returncode for racer in racers] == [0] * 6
    assert told == {settings(tmp_path).secret("session")}
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["session"]


def test_a_secret_is_32_bytes_that_only_its_owner_may_read(tmp_path):
    assert len(settings(tmp_path).secret("session")) == 32
    path = tmp_path / "secrets" / "session"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_each_name_has_its_own_secret_and_keeps_it(tmp_path):
    first = settings(tmp_path).secret("session")
    assert settings(tmp_path).secret("verification") != first
    assert settings(tmp_path).secret("session") == first


def test_a_secret_that_stands_is_not_written_over(tmp_path):
    write_secret(tmp_path / "key", b"first")
    write_secret(tmp_path / "key", b"second")
    assert (tmp_path / "key").read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_an_empty_environment_is_enough():
    told = from_environment({})
    assert told.database_url == f"sqlite:///{told.data}/excise.db"
    assert (told.demo, told.https) == (False, False)
    assert (told.portal_port, told.backoffice_port, told.exchange_port) == (8000, 8001, 8002)


def test_every_setting_can_be_told(tmp_path):
    told = from_environment(
        {
            "EXCISE_DATA": str(tmp_path),
            "EXCISE_DATABASE_URL": "postgresql://db/excise",
            "EXCISE_DEMO": "1",
            "EXCISE_HTTPS": "1",
            "EXCISE_HOST": "0.0.0.0",
            "PORTAL_PORT": "9000",
            "EXCISE_PUBLIC_URL": "https://portal.example.org",
            "EXCISE_SMTP_URL": "smtp://mail.example.org",
            "EXCISE_LOCK_AFTER_FAILURES": "3",
        }
    )
    assert told.documents == tmp_path / "documents"
    assert (told.database_url, told.demo, told.https) == ("postgresql://db/excise", True, True)
    assert (told.portal_port, told.public_url) == (9000, "https://portal.example.org")
    assert told.backoffice_url == "http://localhost:8001"
    assert (told.smtp_url, told.lock_after_failures) == ("smtp://mail.example.org", 3)


@pytest.mark.parametrize("folder", ["migrations", "templates"])
def test_what_travels_with_the_program_is_found(folder):
    assert shipped(folder).is_dir()


@pytest.mark.parametrize("engine", ["sqlite", "spark", "", "postgresql"])
def test_an_engine_for_the_rules_that_cannot_be_is_refused_at_the_start(engine):
    with pytest.raises(ValueError, match="EXCISE_MATCH_ENGINE"):
        from_environment({"EXCISE_MATCH_ENGINE": engine})


def test_the_engine_for_the_rules_and_its_memory_are_settings():
    named = {"EXCISE_MATCH_ENGINE": "spark://node-1:7077", "EXCISE_MATCH_MEMORY": "4GB"}
    told = from_environment(named)
    assert (told.match_engine, told.match_memory) == ("spark://node-1:7077", "4GB")
    assert from_environment({}).match_engine == "duckdb"
