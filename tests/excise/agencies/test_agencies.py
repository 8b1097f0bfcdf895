from datetime import timedelta

import pytest
import sqlalchemy as sa

from excise.agencies import queries
from excise.agencies.actions import (
    Entry,
    claim,
    first_use,
    register,
    renew_password,
    revoke,
    set_certificate,
)
from excise.agencies.models import Message, MessageState, SeenToken
from excise.agencies.passwords import opened
from excise.errors import Conflict, Invalid, NotFound, Unavailable
from tests.excise.at_once import at_once
from tests.factories import AT

KEY = b"k" * 32
PRINT = "ab" * 32


def agency(session, code="RD", **changes):
    entered = {"name_th": "กรมสรรพากร", "name_en": "Revenue Department"} | {
        "rights": ["third-party-data.SubmitVatSales", "document.VerifyDocument"]
    }
    return register(session, Entry(code=code, **entered | changes), actor="terminal", at=AT)


def message(code="RD", **changes):
    facts = {
        "agency_code": code,
        "service": "third-party-data",
        "operation": "SubmitVatSales",
        "message_id": "m-1",
        "digest": "d",
        "request_sha256": "r",
        "received_at": AT,
        "server_message_id": "s-1",
        "state": MessageState.ACCEPTED,
        "response": "<ok/>",
    }
    return Message(**facts | changes)


def test_an_agency_may_call_what_it_was_given_and_nothing_else(session):
    held = agency(session)
    assert held.may("document.VerifyDocument")
    assert not held.may("payment.NotifyPayment")


def test_a_revoked_agency_may_nothing_and_is_not_found(session):
    agency(session)
    renew_password(session, "RD", key=KEY, actor="terminal", at=AT)
    set_certificate(session, "RD", PRINT, actor="terminal", at=AT)
    assert queries.by_user(session, "RD") is queries.by_certificate(session, PRINT) is not None
    held = revoke(session, "RD", actor="terminal", at=AT)
    session.flush()
    assert not held.may("document.VerifyDocument")
    assert queries.by_user(session, "RD") is queries.by_certificate(session, PRINT) is None


def test_an_agency_without_password_has_no_user_name_to_guess_for(session):
    agency(session)
    assert queries.by_user(session, "RD") is None


def test_a_password_is_sealed_and_opens_under_its_key_alone(session):
    agency(session)
    password = renew_password(session, "RD", key=KEY, actor="terminal", at=AT)
    held = queries.agency(session, "RD")
    assert password not in held.sealed_password
    assert opened(held.sealed_password, KEY) == password
    assert renew_password(session, "RD", key=KEY, actor="terminal", at=AT) != password
    with pytest.raises(Unavailable):
        opened(held.sealed_password, b"x" * 32)


def test_codes_rights_and_certificates_are_checked(session):
    agency(session, certificate_sha256=PRINT)
    with pytest.raises(Conflict):
        agency(session)
    with pytest.raises(Conflict):
        agency(session, "KTB", certificate_sha256=PRINT)
    with pytest.raises(Invalid):
        agency(session, "rd ๑")
    with pytest.raises(Invalid):
        agency(session, "DLT", rights=["payment.TakeMoney"])
    with pytest.raises(NotFound):
        queries.agency(session, "XX")


def test_a_token_is_used_once_until_it_is_stale(session):
    until = AT + timedelta(minutes=5)
    assert first_use(session, "n", until=until, at=AT)
    assert not first_use(session, "n", until=until, at=until)
    later = until + timedelta(seconds=1)
    assert first_use(session, "other", until=later, at=later)
    assert session.scalars(sa.select(SeenToken.digest)).all() == ["other"]


def test_of_equal_tokens_at_the_same_moment_one_is_first(database):
    def use(_number):
        with database.transaction() as session:
            return first_use(session, "n", until=AT + timedelta(minutes=5), at=AT)

    assert sorted(at_once(8, use)) == [False] * 7 + [True]


def test_a_message_is_found_by_sender_operation_and_number(session):
    agency(session)
    agency(session, "KTB")
    session.add(message())
    session.flush()
    assert claim(session, "RD", "SubmitVatSales", "m-1").response == "<ok/>"
    assert claim(session, "RD", "GetTaxpayer", "m-1") is None
    assert claim(session, "KTB", "SubmitVatSales", "m-1") is None


def test_of_equal_claims_at_the_same_moment_one_finds_the_others_answer(database):
    with database.transaction() as session:
        agency(session)

    def say(number):
        with database.transaction() as session:
            if claim(session, "RD", "SubmitVatSales", "m-1"):
                return "repeat"
            session.add(message(server_message_id=f"s-{number}"))
            return "new"

    assert sorted(at_once(6, say)) == ["new"] + ["repeat"] * 5


@pytest.mark.parametrize("change", ["UPDATE message SET response = 'x'", "DELETE FROM message"])
def test_what_was_said_does_not_change(session, change):
    agency(session)
    session.add(message())
    session.flush()
    with pytest.raises(sa.exc.DBAPIError, match="does not change"), session.begin_nested():
        session.execute(sa.text(change))
