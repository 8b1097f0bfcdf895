"""The form of a line, and what is blackened when somebody forgot himself."""

import json
import logging
import sys

import pytest
import sqlalchemy as sa

from excise import logs
from excise.db import make_engine

SECRETS = [
    "0105568696810",
    "01055686968101001",
    "0-1055-68696-81-0",
    "somchai@example.com",
    "081-234-5678",
    "0812345678",
    "+66 81 234 5678",
    "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "eyJfZnJlc2giOmZhbHNlfQ.aRk1Zw.dGhlIHNpZ25hdHVyZSBvZiBpdA",
    "Q0mVt7wLr2zXc9bN5kPj8hGf4dSaYuEi1oRtWqZxCvB",
]
KEPT = [
    "2570-010100-0000005",
    "2569112300000001",
    "receipts.render:2570-010100-0000005",
    "mail.send:account-3f0e8f8a-6f3b-4c39-9d5e-0f1f3b6f8f7a",
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "/usr/lib/python3.11/site-packages/sqlalchemy/engine/base.py",
    "uq_person_email",
]


@pytest.fixture
def log():
    """Writes one record as the process would, and returns the line read back."""

    def write(message, *args, logger="excise.test", level=logging.INFO, **kwargs):
        record = logging.getLogger(logger).makeRecord(
            logger, level, __file__, 1, message, args, kwargs.pop("exc_info", None), **kwargs
        )
        return json.loads(logs.Lines().format(record))

    return write


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_blackened_wherever_it_stands(secret, log):
    try:
        raise ValueError(f"no {secret} here") from KeyError(secret)
    except ValueError:
        line = log(
            f"of {secret},", extra={"one": secret, "all": [{"of": secret}]}, exc_info=sys.exc_info()
        )
    assert secret not in json.dumps(line)
    assert line["message"] == "of *,"


@pytest.mark.parametrize("word", KEPT)
def test_what_names_a_record_of_ours_stays(word, log):
    assert log("x", extra={"of": word})["of"] == word


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("GET /account/reset/WyJhIl0.x-y?a=b", "GET /account/reset/*"),
        ("/v/2570-010100-0000005/ABCD-EFGH", "/v/2570-010100-0000005/*"),
        ("/payments/?name=somchai", "/payments/?*"),
        ("password='three quiet elephants'", "password= *"),
        ("Authorization: Bearer abcdef", "Authorization: *"),
        ("postgresql://excise:geheim@db/excise", "postgresql://*@db/excise"),
        ('duplicate key "uq_x"\nDETAIL: Key (name)=(Somchai)', 'duplicate key "uq_x"\nDETAIL: *'),
    ],
)
def test_links_and_passwords_and_rows_are_cut_out_of_what_libraries_say(said, written, log):
    assert log("%s", said, logger="gunicorn.error")["message"].startswith(written)


def test_a_line_begins_with_when_and_what_and_tells_what_it_belongs_to(log):
    given = logs.reference.set("0123456789abcdef")
    line = log("work done", extra={"work": "mail.send:x", "ms": 12})
    logs.reference.reset(given)
    assert [*line] == ["at", "level", "logger", "message", "request", "work", "ms"]
    assert line["at"].endswith("Z")
    assert len(line["at"]) == len("2026-11-23T10:00:00.000Z")
    assert line["request"] == "0123456789abcdef"
    assert "request" not in log("none asked for it")


def test_an_error_has_its_type_its_place_and_its_cause_but_no_values(log):
    engine = make_engine("sqlite://")
    try:
        with engine.connect() as connection:
            connection.execute(sa.text("INSERT INTO nobody VALUES (:name)"), {"name": "สมชาย"})
    except sa.exc.OperationalError:
        words = str(sys.exc_info()[1])
        fault = log("fault", exc_info=sys.exc_info())["error"]
    assert "สมชาย" not in words
    assert fault["type"] == "sqlalchemy.exc.OperationalError"
    assert fault["said"] == "(sqlite3.OperationalError) no such table: nobody"
    assert fault["places"][0].startswith("tests/excise/test_logs.py:")
    assert fault["cause"]["type"] == "sqlite3.OperationalError"


def test_a_line_that_cannot_be_written_prints_no_values(capsys, monkeypatch):
    monkeypatch.setattr(logging.root, "handlers", [])
    monkeypatch.setattr(logging.getLogger("dbos"), "handlers", [])
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    logs.set_up()
    logging.captureWarnings(False)
    logging.getLogger("excise").setLevel(logging.NOTSET)
    logging.getLogger("excise.test").warning("%d", "geheim")
    written = capsys.readouterr().err
    assert "geheim" not in written
    assert json.loads(written)["message"] == "a line could not be logged"
