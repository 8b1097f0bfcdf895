from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from excise.audit import AuditEntry
from excise.documents.store import Store
from excise.errors import Invalid
from excise.money import baht
from excise.payments.files import COLUMNS, MAX_ROWS, RowError, import_file, read
from excise.payments.models import BankFile, Payment
from tests import factories
from tests.conftest import count
from tests.excise.at_once import at_once
from tests.factories import AT

HEADER = ",".join(COLUMNS)
GOOD = "KTB,T1,2026-11-10T10:30:00,1490.00,2569111000000001,030725691000,promptpay"


def text(*rows):
    return "\r\n".join((HEADER, *rows)) + "\r\n"


def file(*rows):
    return text(*rows).encode()


def row(**changes):
    cells = dict(zip(COLUMNS, GOOD.split(","), strict=True)) | changes
    return ",".join(cells[name] for name in COLUMNS)


def refused(content):
    with pytest.raises(Invalid) as raised:
        read(content)
    return raised.value


def only_error(**changes):
    error = refused(file(row(**changes)))
    assert error.reason == "bank-file-rows"
    [one] = error.facts["errors"]
    return one


def test_a_row_is_read_with_bangkok_time_and_whole_satang():
    [message] = read(file(GOOD))
    assert message.paid_at == datetime(2026, 11, 10, 3, 30, tzinfo=UTC)
    assert (message.amount_satang, message.bank_code) == (1490_00, "KTB")
    assert (message.ref1, message.ref2) == ("2569111000000001", "030725691000")


@pytest.mark.parametrize(
    "content",
    [
        file(GOOD),
        b"\xef\xbb\xbf" + file(GOOD),
        file(GOOD).replace(b"\r\n", b"\n"),
        file(GOOD).replace(b"\r\n", b"\r"),
        file(GOOD).upper().replace(b"PROMPTPAY", b"promptpay"),
        file("", GOOD, "", ",,,,,,"),
        file(GOOD.replace("promptpay", '" promptpay "')),
    ],
)
def test_the_same_rows_are_read_however_they_are_dressed(content):
    assert read(content) == read(file(GOOD))


@pytest.mark.parametrize("encoding", ["utf-8", "cp874"])
def test_thai_words_are_read_in_either_encoding(encoding):
    [message] = read(text(row(channel="เคาน์เตอร์")).encode(encoding))
    assert message.channel == "เคาน์เตอร์"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "bank-file-header"),
        (b"\r\n\r\n", "bank-file-header"),
        (b"KTB,T1\r\n", "bank-file-header"),
        (GOOD.encode(), "bank-file-header"),
        (file(), "bank-file-empty"),
        (file("TOTAL,0,0"), "bank-file-empty"),
        (file(GOOD).replace(b"KTB", b"K\x00B"), "bank-file-encoding"),
        (file(GOOD).decode().encode("utf-16"), "bank-file-encoding"),
        (file(GOOD) + b"\xfc\xfd", "bank-file-encoding"),
        (file(GOOD, '"' + "x" * 200_000), "file-broken"),
        (file(GOOD) + b"\n" * (MAX_ROWS + 1), "bank-file-too-long"),
    ],
)
def test_what_is_no_bank_file_is_refused_as_a_whole(content, reason):
    assert refused(content).reason == reason


@pytest.mark.parametrize(
    "amount",
    ["1490.001", "-1490.00", "+1", "0", "0.00", "1,490.00", "1e3", "NaN", "9" * 14, "", ".5", "๑๐"],
)
def test_an_amount_that_is_none_is_an_error_of_its_row(amount):
    quoted = f'"{amount}"' if "," in amount else amount
    assert only_error(amount=quoted) == RowError(2, "amount", "amount-format", amount)


@pytest.mark.parametrize("amount", ["0.01", "1", "1.5", "9999999999999.99"])
def test_an_amount_has_up_to_two_decimals(amount):
    assert baht(read(file(row(amount=amount)))[0].amount_satang) == Decimal(amount)


@pytest.mark.parametrize(
    ("paid_at", "code"),
    [
        ("2569-11-10T10:30:00", "paid_at-buddhist-year"),
        ("2567-02-29T10:30:00", "paid_at-buddhist-year"),
        ("10/11/2026", "paid_at-format"),
        ("1999-12-31T23:00:00", "paid_at-format"),
        ("2026-02-30", "paid_at-format"),
        ("", "paid_at-format"),
    ],
)
def test_a_moment_that_is_none_is_an_error_of_its_row(paid_at, code):
    assert only_error(paid_at=paid_at) == RowError(2, "paid_at", code, paid_at)


@pytest.mark.parametrize("paid_at", ["2026-11-10T03:30:00Z", "2026-11-10 10:30+07:00"])
def test_a_moment_may_name_its_zone(paid_at):
    assert read(file(row(paid_at=paid_at)))[0].paid_at == datetime(2026, 11, 10, 3, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("bank_code", ""),
        ("bank_code", "ก"),
        ("transaction_id", ""),
        ("transaction_id", "x" * 41),
        ("ref1", "2569-1110"),
        ("ref2", "=1+1"),
        ("ref1", "1" * 21),
        ("channel", "x" * 41),
        ("channel", "a\tb"),
    ],
)
def test_a_cell_of_the_wrong_form_is_named(column, value):
    assert only_error(**{column: value}) == RowError(2, column, f"{column}-format", value)


def test_every_bad_row_is_listed_with_its_line_column_and_value():
    error = refused(
        file(
            GOOD,
            row(amount="x", ref1="?"),
            "",
            "KTB,T2",
            GOOD + ",more",
            row(transaction_id="T3", paid_at="never"),
        )
    )
    assert error.facts["errors"] == [
        RowError(3, "amount", "amount-format", "x"),
        RowError(3, "ref1", "ref1-format", "?"),
        RowError(5, "", "column-count", "2"),
        RowError(6, "", "column-count", "8"),
        RowError(7, "paid_at", "paid_at-format", "never"),
    ]


def test_a_total_is_checked_when_it_is_there():
    other = row(transaction_id="T2", amount="0.01")
    assert len(read(file(GOOD, other, "TOTAL,2,1490.01"))) == 2
    assert len(read(file(GOOD, other, "total, 2 ,1490.01,,,,"))) == 2
    for total in ("TOTAL,3,1490.01", "TOTAL,2,1490.00", "TOTAL,2", "TOTAL,2,x", "TOTAL,,", "TOTAL"):
        assert refused(file(GOOD, other, total)).reason == "bank-file-total"


def test_a_total_in_the_middle_is_a_wrong_row():
    assert refused(file("TOTAL,1,1490.00", GOOD)).reason == "bank-file-rows"


def test_a_sum_beyond_what_the_books_hold_is_refused():
    rows = [row(transaction_id=f"T{n}", amount="9999999999999.99") for n in range(101)]
    assert refused(file(*rows)).reason == "bank-file-total"


CELL = st.one_of(
    st.text(max_size=12),
    st.sampled_from([*GOOD.split(","), *COLUMNS, "TOTAL", '"', "\r", "\n", "1", "2569-01-01"]),
)
LINES = st.lists(st.lists(CELL, max_size=9).map(",".join), max_size=6).map("\n".join)


@example(b"\xef")  # a mark that is cut short
@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=300), LINES.map(lambda body: f"{HEADER}\n{body}".encode())))
def test_whatever_a_bank_sends_is_read_or_refused(content):
    with suppress(Invalid):
        assert all(message.amount_satang > 0 for message in read(content))


def load(session, tmp_path, content, name="november.csv"):
    return import_file(
        session, Store(tmp_path / "store"), name=name, content=content, actor="officer:1", at=AT
    )


def row_for(bill, **changes):
    return row(
        **{"ref1": bill.ref1, "ref2": bill.ref2, "amount": str(baht(bill.amount_satang))} | changes
    )


def test_a_file_pays_bills_and_tells_what_found_none(session, tmp_path):
    bill = factories.bill(session, factories.filed(session))
    loaded = load(
        session,
        tmp_path,
        file(
            row_for(bill),
            row_for(bill, transaction_id="T2"),
            row_for(bill, transaction_id="T3", amount="1.00"),
            row_for(bill),
        ),
    )
    session.expire_all()
    assert [payment.reason for payment in loaded.payments] == ["", "already-paid", "already-paid"]
    assert (loaded.row_count, loaded.repeated_count) == (4, 1)
    assert [payment.transaction_id for payment in loaded.unallocated] == ["T2", "T3"]
    assert bill.is_paid


def test_the_same_file_again_is_its_first_answer(session, tmp_path):
    first = load(session, tmp_path, file(GOOD))
    assert load(session, tmp_path, file(GOOD), name="again.csv") is first
    assert count(session, Payment) == 1


def test_the_file_is_kept_as_it_came(session, tmp_path):
    loaded = load(session, tmp_path, file(GOOD))
    assert Store(tmp_path / "store").get(loaded.sha256) == file(GOOD)


def test_a_transaction_told_otherwise_before_refuses_the_whole_file(database, tmp_path):
    with database.transaction() as session:
        load(session, tmp_path, file(GOOD))
    changed = file("", row(transaction_id="T0"), "", row(amount="1.00"))
    with pytest.raises(Invalid) as raised, database.transaction() as session:
        load(session, tmp_path, changed)
    assert raised.value.facts["errors"] == [
        RowError(5, "transaction_id", "transaction-changed", "T1")
    ]
    with database.reading() as session:
        assert [count(session, one) for one in (Payment, BankFile)] == [1, 1]


def test_eight_equal_files_at_once_are_one(database, tmp_path):
    def send(_number):
        with database.transaction() as session:
            return load(session, tmp_path, file(GOOD)).id

    assert len(set(at_once(8, send))) == 1
    with database.reading() as session:
        assert [count(session, one) for one in (Payment, BankFile)] == [1, 1]


def test_ten_thousand_rows_are_read():
    content = file(*(row(transaction_id=f"T{number}") for number in range(10_000)))
    assert len(read(content)) == 10_000


def test_every_imported_row_has_its_entry_in_the_log(database, tmp_path):
    content = file(*(row(transaction_id=f"T{number}") for number in range(200)))
    with database.transaction() as session:
        assert load(session, tmp_path, content).row_count == 200
    with database.reading() as session:
        told = sa.select(sa.func.count()).where(AuditEntry.act == "payment.receive")
        assert session.scalar(told) == 200
