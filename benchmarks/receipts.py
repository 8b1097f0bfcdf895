"""Nine of ten rows of a bank's file pay a bill: received one by one, against a piece at once."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from benchmarks.timing import lines, side_by_side
from excise.db import Database
from excise.offices.actions import load_first_list
from excise.payments.actions import BankMessage, receive
from excise.payments.batches import AT_ONCE, Occasion, receive_all
from excise.payments.models import Bill
from excise.schema import migrate
from tests import factories
from tests.factories import AT


def ratios() -> list[str]:
    """Compare the two ways on SQLite; each is rolled back, the peer is a piece at once."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder, 'excise.db')}")
        migrate(database)
        with database.transaction() as session:
            load_first_list(session)
        with database.transaction() as session:
            messages = _messages(session)
        occasion = Occasion(actor="system", at=AT)

        def one_by_one(session: Session) -> None:
            for message in messages:
                receive(session, message, **vars(occasion))

        def together(session: Session) -> None:
            receive_all(session, messages, occasion)

        best = side_by_side(
            {
                "a piece at once": lambda: _undone(database, together),
                "one by one": lambda: _undone(database, one_by_one),
            },
            rounds=3,
        )
        database.close()
    each = best["a piece at once"] / AT_ONCE * 1000
    return lines(f"{AT_ONCE} rows of a bank's file, {each:.2f} ms a row at once", best)


def _undone(database: Database, act: Callable[[Session], None]) -> None:
    with Session(database.engine) as session, session.begin() as begun:
        act(session)
        session.flush()
        begun.rollback()


def _messages(session: Session) -> list[BankMessage]:
    bill = factories.bill(session, factories.filed(session))
    names = [column.name for column in Bill.__table__.columns if column.name != "id"]
    like = {name: getattr(bill, name) for name in names}
    copies = [
        like | {"ref1": f"{bill.ref1}{number}", "cause": f"copy:{number}"}
        for number in range(AT_ONCE)
    ]
    session.execute(sa.insert(Bill), copies)
    return [
        factories.bank_message(bill, ref1=copy["ref1"] if place % 10 else "NOBODYS")
        for place, copy in enumerate(copies)
    ]
