"""A message happens once, however often it is sent, and the lost reply is asked for again."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from excise.agencies.models import Message, MessageState
from excise.documents.store import Store
from excise.errors import Conflict
from excise.payments.actions import receive
from excise.payments.models import Payment
from tests import factories
from tests.conftest import count
from tests.exchange.conftest import opened
from tests.exchange.envelopes import (
    REGISTRY,
    envelope,
    fault_code,
    get_taxpayer,
    header,
    post,
    token,
)
from tests.excise.at_once import at_once

PAID_AT = datetime(2026, 11, 10, 2, tzinfo=UTC)


def payment(**changes):
    return {
        "bankCode": "KTB",
        "transactionId": factories.fresh("T"),
        "paidAt": PAID_AT,
        "amount": Decimal("100.00"),
        "ref1": "1",
        "ref2": "2",
        "channel": "promptpay",
    } | changes


@pytest.fixture
def bank(door):
    return door.service("payment", by="KTB")


def logged(door, message_id):
    with door.database.reading() as session:
        return session.scalars(sa.select(Message).where(Message.message_id == message_id)).all()


def payments(door, told):
    query = sa.select(sa.func.count()).where(Payment.transaction_id == told["transactionId"])
    with door.database.reading() as session:
        return session.scalar(query)


def test_a_message_sent_again_gets_the_very_same_answer(door, bank):
    told, message_id = payment(), str(uuid.uuid4())
    first = bank.call("NotifyPayment", message_id=message_id, **told)
    again = bank.call("NotifyPayment", message_id=message_id.upper(), **told)
    assert (first.header.replayed, again.header.replayed) == (False, True)
    assert (first.acknowledgement.replayed, again.acknowledgement.replayed) == (False, True)
    assert again.header.serverMessageId == first.header.serverMessageId
    assert again.payment == first.payment
    assert payments(door, told) == 1
    (row,) = logged(door, message_id)
    assert row.state is MessageState.ACCEPTED


def test_the_log_keeps_the_bytes_that_came_and_the_answer_that_went(door):
    message_id = str(uuid.uuid4())
    payload = get_taxpayer(head=header(messageId=message_id))
    data = envelope(payload, security=token("RD", door.passwords["RD"]))
    answer = post(door, data)
    (row,) = logged(door, message_id)
    assert Store(door.settings.documents).get(row.request_sha256) == data
    assert row.response in answer.text
    assert f"<requestHash>{row.request_sha256}</requestHash>" in answer.text


def test_other_words_under_the_same_number_are_refused_and_change_nothing(door, bank):
    told, message_id = payment(), str(uuid.uuid4())
    bank.call("NotifyPayment", message_id=message_id, **told)
    other = payment()
    answer = bank.call("NotifyPayment", message_id=message_id, **other)
    assert answer.acknowledgement.status == "REJECTED"
    assert [each.code for each in answer.acknowledgement.error] == ["5002"]
    assert payments(door, other) == 0
    assert bank.call("NotifyPayment", message_id=message_id, **told).header.replayed


def test_the_moment_of_sending_and_the_look_of_the_xml_do_not_make_another_message(door):
    message_id = str(uuid.uuid4())

    def say(change=lambda text: text, **changes):
        payload = get_taxpayer(head=header(messageId=message_id, **changes))
        data = envelope(change(payload), security=token("RD", door.passwords["RD"]))
        return post(door, data).text

    say()
    assert "<replayed>true<" in say(sentAt="2026-01-01T00:00:00Z")
    assert "<replayed>true<" in say(lambda text: text.replace("><", ">\n  <"))
    assert "<replayed>true<" in say(
        lambda text: (
            text.replace("<", "<x:")
            .replace("<x:/", "</x:")
            .replace(f'xmlns="{REGISTRY}"', f'xmlns:x="{REGISTRY}"')
        )
    )
    assert "5002" in say(userId="somebody else")


def test_a_refused_message_is_remembered_too(door, bank):
    told, message_id = payment(bankCode="BBL"), str(uuid.uuid4())
    first = bank.call("NotifyPayment", message_id=message_id, **told)
    assert [each.code for each in first.acknowledgement.error] == ["1002"]
    again = bank.call("NotifyPayment", message_id=message_id, **told)
    assert again.header.replayed
    assert again.acknowledgement.error == first.acknowledgement.error
    (row,) = logged(door, message_id)
    assert row.state is MessageState.REJECTED


def test_what_a_refused_message_began_is_undone(door, bank, monkeypatch):
    def receive_and_refuse(*args, **words):
        receive(*args, **words)
        raise Conflict("something-later")

    monkeypatch.setattr("exchange.services.payment.receive", receive_and_refuse)
    told, message_id = payment(), str(uuid.uuid4())
    answer = bank.call("NotifyPayment", message_id=message_id, **told)
    assert [each.code for each in answer.acknowledgement.error] == ["5000"]
    assert (payments(door, told), len(logged(door, message_id))) == (0, 1)


def test_the_same_number_of_two_agencies_are_two_messages(door):
    message_id = str(uuid.uuid4())
    for agency in ("RD", "KTB"):
        registry = door.service("taxpayer-registry", by=agency)
        told = registry.call("GetTaxpayer", message_id=message_id, taxId="0994000160101")
        assert not told.header.replayed


def test_the_same_transaction_under_a_new_number_is_the_same_payment(door, bank):
    told = payment()
    first = bank.call("NotifyPayment", **told)
    again = bank.call("NotifyPayment", **told)
    assert (again.header.replayed, again.acknowledgement.replayed) == (False, True)
    assert again.payment == first.payment
    assert payments(door, told) == 1


def test_another_content_of_a_transaction_is_refused_with_what_stands(door, bank):
    told = payment()
    bank.call("NotifyPayment", **told)
    answer = bank.call("NotifyPayment", **told | {"amount": Decimal("100.01")})
    (problem,) = answer.acknowledgement.error
    assert (problem.code, problem.existing.status) == ("5001", "UNALLOCATED")
    assert answer.payment is None


@pytest.mark.parametrize("engine", ["sqlite_url", "pg_url"])
def test_equal_messages_at_the_same_moment_have_one_effect(engine, request, tmp_path):
    with opened(request.getfixturevalue(engine), tmp_path) as door:
        told, head = payment(), header("KTB")
        inside = "".join(
            f"<{name}>{value.isoformat() if name == 'paidAt' else value}</{name}>"
            for name, value in told.items()
        )
        payload = (
            f'<NotifyPayment xmlns="urn:th:excise:exchange:payment:v1">{head}{inside}'
            "</NotifyPayment>"
        )

        def say(_number):
            data = envelope(payload, security=token("KTB", door.passwords["KTB"]))
            return post(door, data, service="payment").text

        answers = at_once(6, say)
        firsts = [each for each in answers if "<replayed>false<" in each]
        assert len(firsts) == 1
        assert {each.replace(">true<", ">false<") for each in answers} == set(firsts)
        with door.database.reading() as session:
            assert (count(session, Payment), count(session, Message)) == (1, 1)


def test_a_database_that_is_gone_is_told_as_worth_a_retry(tmp_path, door, sqlite_url):
    with opened(sqlite_url, tmp_path) as other:
        data = envelope(get_taxpayer(), security=token("RD", other.passwords["RD"]))
        other.database.close()
        (tmp_path / "excise.db").rename(tmp_path / "away.db")
        (tmp_path / "excise.db").mkdir()
        answer = post(other, data)
        assert fault_code(answer) == "Server.Unavailable"
        assert "<retryable>true</retryable><retryAfterSeconds>30<" in answer.text
        (tmp_path / "excise.db").rmdir()
        (tmp_path / "away.db").rename(tmp_path / "excise.db")


def test_an_unforeseen_error_is_a_fault_that_the_log_can_find(door, bank, monkeypatch, caplog):
    def fail(*_args, **_words):
        raise RuntimeError(" ".join(["secret", "words"]))

    monkeypatch.setattr("exchange.services.payment.receive", fail)
    told, message_id = payment(), str(uuid.uuid4())
    with pytest.raises(Exception, match="Something went wrong") as caught:
        bank.call("NotifyPayment", message_id=message_id, **told)
    detail = bank.detail(caught.value)
    assert (detail.code, detail.retryable) == ("Server.Internal", True)
    assert "ข้อผิดพลาด" in detail.messageTh
    [line] = [vars(line) for line in caplog.records if hasattr(line, "correlation")]
    assert line["correlation"] == detail.correlationId
    assert line["error"]["type"] == "RuntimeError"
    assert "secret words" not in str(line)
    assert logged(door, message_id) == []
    monkeypatch.undo()
    assert not bank.call("NotifyPayment", message_id=message_id, **told).header.replayed
