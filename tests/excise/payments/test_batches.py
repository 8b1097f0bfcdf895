"""Many messages together leave the books that they would leave one by one."""

import sqlalchemy as sa

from excise import audit, work
from excise.documents.store import Store
from excise.ledger.models import Entry
from excise.payments import files, workflows
from excise.payments.actions import TransactionChanged, receive
from excise.payments.batches import Occasion, changed_among, receive_all
from excise.payments.files import COLUMNS, import_file
from excise.payments.models import BankFile, Bill, Payment
from excise.receipts import queries as receipts
from excise.receipts.models import Receipt
from tests import factories
from tests.conftest import count
from tests.factories import AT


def bills(session, number):
    """So many open bills alike."""
    first = factories.bill(session, factories.filed(session))
    like = {
        one.name: getattr(first, one.name) for one in Bill.__table__.columns if one.name != "id"
    }
    for copy in range(1, number):
        session.add(Bill(**like | {"ref1": f"{first.ref1}{copy}", "cause": f"copy:{copy}"}))
    session.flush()
    return list(session.scalars(sa.select(Bill).order_by(Bill.id)))


def as_one_by_one(session, messages):
    changed = []
    for place, message in enumerate(messages):
        try:
            receive(session, message, actor="system", at=AT)
        except TransactionChanged:
            changed.append(place)
    return changed


def together(session, messages):
    return receive_all(session, messages, Occasion(actor="system", at=AT))


def books(session):
    """Everything but the numbers that the database gave by itself."""
    session.expire_all()
    paid = sa.select(Payment).order_by(Payment.bank_code, Payment.transaction_id)
    posted = session.scalars(sa.select(Entry).order_by(Entry.cause))
    issued = session.scalars(sa.select(Receipt).order_by(Receipt.number))
    numbers = {one.id: one.number for one in issued}
    return (
        [
            (one.transaction_id, one.state, one.reason, one.bill and one.bill.ref1, one.paid_at)
            for one in session.scalars(paid)
        ],
        [
            (
                each.cause,
                each.posted_on,
                sorted(
                    (line.account, line.amount_satang, line.part, line.taxpayer_id or 0)
                    for line in each.postings
                ),
            )
            for each in posted
        ],
        [
            (one.number, one.facts, one.kind, one.taxpayer_id, numbers.get(one.main_id or 0))
            for one in session.scalars(sa.select(Receipt).order_by(Receipt.number))
        ],
        sorted((act.act, act.subject, act.facts.get("state")) for act in session.info["audit"]),
    )


def test_together_they_leave_the_books_of_one_by_one(session):
    one, two, three, four = bills(session, 4)
    factories.stray(session, four, transaction_id="OLD")
    told = factories.bank_message
    repeated = told(two)
    messages = [
        told(one),
        told(one, transaction_id="OLD"),  # told before, of another bill
        told(three, ref1="NOBODYS"),
        repeated,
        told(one),  # paid already
        repeated,
        told(three, ref2="OTHER"),
        told(three, amount_satang=three.amount_satang + 1),
        told(three),
        told(four),
    ]
    seen = []
    for way in (as_one_by_one, together):
        point = session.begin_nested()
        seen.append((way(session, messages), books(session)))
        assert receipts.first_fault(session) is None
        point.rollback()
        session.expire_all()
    assert seen[0] == seen[1]
    assert seen[1][0] == [1]


def test_what_a_file_tells_twice_and_otherwise_is_found_before_anything_is_taken(session):
    [bill] = bills(session, 1)
    message = factories.bank_message(bill)
    other = factories.bank_message(bill, transaction_id=message.transaction_id, amount_satang=1)
    assert changed_among(session, [message, message, other]) == [2]


def long_file(session):
    rows = [
        f"KTB,L{number},2026-11-10T10:30:00,{bill.amount_satang / 100:.2f},"
        f"{bill.ref1},{bill.ref2},promptpay"
        for number, bill in enumerate(bills(session, 5))
    ]
    return "\n".join([",".join(COLUMNS), *rows]).encode()


def test_a_long_file_is_accepted_at_once_and_received_in_pieces(database, tmp_path, monkeypatch):
    for module in (files, workflows):
        monkeypatch.setattr(module, "AT_ONCE", 2)
    store = Store(tmp_path / "store")
    with database.transaction() as session:
        content = long_file(session)
        file = import_file(session, store, name="long", content=content, actor="system", at=AT)
        digest, messages = file.sha256, files.numbered(content)
        assert (file.taken_count, file.is_received) == (0, False)
    assert work.unfinished(database)
    with database.transaction() as session:  # somebody else tells one of its rows otherwise
        third = messages[2][1]
        changed = vars(third) | {"amount_satang": 1}
        receive(session, type(third)(**changed), actor="system", at=AT)
    for taken in (0, 0, 2, 4):  # the first one's answer was lost
        with database.transaction() as session:
            workflows._next_piece(session, digest, messages, taken=taken)
    with database.reading() as session:
        [file] = session.scalars(sa.select(BankFile))
        assert file.is_received
        assert (count(session, Payment), len(file.payments)) == (5, 4)
        assert file.contradicted == ["4: KTB L2"]
        assert file.repeated_count == 0
        assert receipts.first_fault(session) is None
        assert audit.first_fault(session) is None
