import io
import json
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from email import message_from_bytes, policy
from hashlib import sha256

import pypdfium2
import pytest
import sqlalchemy as sa

from excise import mail, numbering, work
from excise.config import Settings
from excise.documents.models import Document
from excise.documents.seal import seal_of
from excise.documents.store import Store
from excise.payments.actions import receive
from excise.receipts.models import Receipt
from excise.receipts.queries import document
from tests import factories
from tests.conftest import count
from tests.excise import interrupted_worker
from tests.factories import AT


@pytest.fixture
def settings(database_url, tmp_path):
    return Settings(data=tmp_path, database_url=database_url, demo=True)


def do_all(settings, database):
    """Let a worker do what there is."""
    with work.worker(settings, database):
        work.drain(database)
    assert work.failed(database) == []


def effects(database):
    with database.reading() as session:
        return numbering.taken(session, "effect:")


def enqueue(database, *keys):
    with database.transaction() as session:
        for key in keys:
            work.enqueue(session, "test.steps", key, key)


def test_work_enqueued_in_a_transaction_that_rolls_back_leaves_nothing(database):
    with suppress(LookupError), database.transaction() as session:
        work.enqueue(session, "test.steps", "a", "a")
        raise LookupError
    assert work.unfinished(database) == 0
    with database.transaction() as session:
        savepoint = session.begin_nested()
        work.enqueue(session, "test.steps", "b", "b")
        savepoint.rollback()
    assert work.unfinished(database) == 0


def test_committed_work_is_done_once_however_often_it_was_asked_for(settings, database):
    enqueue(database, "a", "b", "a")
    enqueue(database, "a")
    assert work.unfinished(database) == 2
    assert effects(database) == {}
    do_all(settings, database)
    enqueue(database, "a")  # as a repeated form does, long after
    do_all(settings, database)
    assert effects(database) == {f"effect:{key}:{step}": 1 for key in "ab" for step in range(4)}


def test_who_asks_before_a_turn_begins_shares_it_and_who_asks_later_gets_the_next(database):
    def ask():
        with database.transaction() as session:
            work.enqueue_together(session, "test.steps", "all", "x")
        return work.unfinished(database)

    assert [ask(), ask()] == [1, 1]
    with database.transaction() as session:
        work.begin(session, "test.steps", "all")
    assert [ask(), ask()] == [2, 2]


def test_a_worker_that_is_killed_again_and_again_loses_and_doubles_nothing(
    settings, database, tmp_path
):
    keys = [f"k{number}" for number in range(12)]
    enqueue(database, *keys)
    command = [sys.executable, "-m", "tests.excise.interrupted_worker", settings.database_url]
    interrupted = 0
    for _ in range(3):
        worker = subprocess.Popen(command, stdout=subprocess.PIPE)
        before = len(effects(database))
        assert worker.stdout.readline() == b"ready\n"
        deadline = time.monotonic() + 20
        while len(effects(database)) < before + 5 and time.monotonic() < deadline:
            time.sleep(0.02)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        worker.stdout.close()
        interrupted += len(effects(database)) > before
        assert work.unfinished(database) > 0
    assert interrupted == 3
    do_all(settings, database)
    steps = range(interrupted_worker.STEPS)
    assert effects(database) == {f"effect:{key}:{step}": 1 for key in keys for step in steps}


def test_drain_says_when_work_is_not_done_in_time(database):
    enqueue(database, "a")
    with pytest.raises(TimeoutError, match="1 workflows"):
        work.drain(database, limit_seconds=0)


def test_a_paid_bill_becomes_a_sealed_receipt_in_the_store(settings, database):
    with database.transaction() as session:
        bill = factories.bill(session, factories.filed(session))
        receive(session, factories.bank_message(bill), actor="system", at=AT)
        number = session.scalars(sa.select(Receipt.number).where(Receipt.main_id.is_(None))).one()
        assert document(session, number) is None
    do_all(settings, database)
    with database.reading() as session:
        made = document(session, number)
        issued = session.scalars(sa.select(Receipt).where(Receipt.number == number)).one()
        assert count(session, Document) == 1
    pdf = Store(settings.documents).get(made.sha256)
    assert (made.kind, made.size_bytes, made.made_at) == ("receipt", len(pdf), AT)
    assert seal_of(settings, at=AT).is_on(pdf)
    text = text_of(pdf)
    for words in (number, "14,899.00", "โรงงานตัวอย่าง1", "2570-010100-HEALTH-0000001"):
        assert words in text, words
    inside = attachments(pdf)
    assert sha256(inside["facts.json"]).hexdigest() == issued.facts_hash
    assert json.loads(inside["calculation.json"])["reference"] == "PS0307-2570-0000001"
    assert [letter["subject"] for letter in letters(settings)] != []


def text_of(pdf):
    pages = pypdfium2.PdfDocument(io.BytesIO(pdf))
    return re.sub(r"\s+", "", "".join(page.get_textpage().get_text_bounded() for page in pages))


def attachments(pdf):
    found = pypdfium2.PdfDocument(io.BytesIO(pdf))
    return {
        one.get_name(): bytes(one.get_data())
        for one in (found.get_attachment(index) for index in range(found.count_attachments()))
    }


def letters(settings):
    return [
        message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in sorted(settings.inbox.glob("*"))
    ]


def test_mail_lands_as_one_file_a_key(settings, database):
    letter = {
        "to": "somchai@example.com",
        "subject": "ได้รับแบบแล้ว",
        "body": "เรียน ผู้เสียภาษี\n",
        "at": AT,
    }
    for key in ("return-filed:PS1", "return-filed:PS1", "return-filed:PS2"):
        with database.transaction() as session:
            mail.post(session, key=key, **letter)
    with suppress(LookupError), database.transaction() as session:
        mail.post(session, key="never", **letter)
        raise LookupError
    do_all(settings, database)
    assert [path.suffix for path in settings.inbox.iterdir()] == [".eml", ".eml"]
    first, second = letters(settings)
    assert (first["To"], first["Subject"]) == ("somchai@example.com", "ได้รับแบบแล้ว")
    assert first.get_content() == "เรียน ผู้เสียภาษี\n"
    assert first["Message-ID"] == "<return-filed-PS1@excise.example.org>"
    assert second["Message-ID"] == "<return-filed-PS2@excise.example.org>"
