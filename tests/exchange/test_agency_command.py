"""`excise agency`: who may call, told once."""

import json

import pytest
from click.testing import CliRunner

from cli import main
from excise.agencies.models import Agency
from excise.agencies.passwords import opened
from excise.config import from_environment
from tests.exchange.test_security import make_certificate


@pytest.fixture
def excise(tmp_path, sqlite_url):
    environ = {"EXCISE_DATA": str(tmp_path), "EXCISE_DATABASE_URL": sqlite_url}

    def run(*words):
        return CliRunner().invoke(main, words, env=environ, catch_exceptions=False)

    run.settings = from_environment(environ)
    return run


ADD = ("agency", "add", "RD", "กรมสรรพากร", "--name-en", "Revenue Department")
RIGHT = ("--right", "document.VerifyDocument")


def password_in(answer):
    return answer.output.strip().rpartition(": ")[2]


def sealed(excise, code):
    from excise.db import Database

    database = Database(excise.settings.database_url)
    with database.reading() as session:
        held = session.get(Agency, code).sealed_password
    database.close()
    return held


def test_an_agency_is_let_in_renewed_listed_and_shut_out(excise):
    key = excise.settings.secret("agencies")
    first = password_in(excise(*ADD, *RIGHT))
    assert opened(sealed(excise, "RD"), key) == first
    second = password_in(excise("agency", "renew", "RD"))
    assert opened(sealed(excise, "RD"), key) == second != first
    assert "document.VerifyDocument" in excise("agency", "list").output
    excise("agency", "revoke", "RD")
    assert "revoked" in excise("agency", "list").output


def test_an_agency_with_a_certificate_needs_no_password(excise, tmp_path):
    _key, certificate, _print = make_certificate(tmp_path, "RD")
    answer = excise(*ADD, *RIGHT, "--certificate", str(certificate))
    assert (answer.exit_code, "password" in answer.output) == (0, False)
    assert sealed(excise, "RD") == ""


@pytest.mark.parametrize(
    "words", [(*ADD, "--right", "no.Such"), ("agency", "renew", "XX"), ("agency", "revoke", "XX")]
)
def test_what_is_wrong_is_told_and_changes_nothing(excise, words):
    answer = excise(*words)
    assert answer.exit_code == 1
    assert excise("agency", "list").output == ""


def test_the_demonstration_tells_how_its_agencies_call(excise):
    told = json.loads(excise("demo", "--accounts").output)
    agencies = [each for each in told if each["site"] == "exchange"]
    assert {each["user_name"] for each in agencies} == {"RD", "KTB", "DLT"}
    assert all(each["password"] for each in agencies)
