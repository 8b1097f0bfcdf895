"""A step down and up again loses nothing, whatever is in the tables."""

import itertools
import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from excise import audit, records, schema
from excise.aside import _without_triggers
from excise.checks import ledger_balanced
from excise.db import Database, UTCDateTime
from excise.errors import Conflict, NotFound
from excise.offices.actions import load_first_list
from excise.payments.actions import receive
from excise.returns.models import DeclaredLine
from tests import factories
from tests.excise.places import empty_url
from tests.factories import AT, TODAY

STEPS = schema.revisions()
MADE_UP = {
    UTCDateTime: AT,
    sa.JSON: [],
    sa.Boolean: True,
    sa.BigInteger: 1,
    sa.Date: TODAY,
    sa.LargeBinary: b"\x00\xff",
    sa.Text: "made up",
}


@pytest.fixture
def full(database: Database) -> Database:
    """A return that is paid, an approved assessment, and a row in each table left."""
    with database.transaction() as session:
        bill = factories.bill(session, factories.filed(session))
        receive(session, factories.bank_message(bill), actor="system", at=AT)
        place = factories.establishment(session, tax_id=factories.tax_id(1))
        found = factories.discrepancy(session, factories.product(session, place))
        factories.approved(session, factories.assessment(session, found, proposed=True))
        third = factories.establishment(session, tax_id=factories.tax_id(3))
        factories.claim(session, factories.paid(session, place=third))
        session.add(factories.stock_entry(place))
    with database.engine.begin() as connection:
        for table in records.METADATA.sorted_tables:
            if connection.scalar(sa.select(sa.func.count()).select_from(table)) == 0:
                with _without_triggers(connection, table.name):
                    connection.execute(table.insert().values(_row(connection, table)))
    with database.transaction() as session:
        audit.record(
            session, actor="system", act="document.register", subject="document:made up", at=AT
        )
    return database


def _row(connection: sa.Connection, table: sa.Table) -> dict[str, Any]:
    def value(column: sa.Column[Any]) -> Any:
        for key in column.foreign_keys:
            if key.column.table is not table:
                return connection.scalar(sa.select(key.column).limit(1))
            return None
        if isinstance(column.type, sa.Enum):
            return next(iter(column.type.enum_class))
        return next(value for kind, value in MADE_UP.items() if isinstance(column.type, kind))

    return {column.name: value(column) for column in table.columns}


def rows(database: Database) -> dict[str, list[str]]:
    """Return every row of every table of ours, as the database has it."""
    with database.engine.connect() as connection:
        there = set(sa.inspect(connection).get_table_names()) & set(records.METADATA.tables)
        return {
            name: sorted(map(repr, connection.execute(sa.text(f"SELECT * FROM {name}"))))
            for name in there
        }


def test_every_step_down_and_up_keeps_every_row(full: Database) -> None:
    whole = rows(full)
    assert [name for name, kept in whole.items() if not kept] == []
    assert set(whole) == set(records.METADATA.tables)
    for above, below in itertools.pairwise([*STEPS[::-1], "base"]):
        before = rows(full)
        schema.migrate(full, below)
        schema.migrate(full, above)
        assert rows(full) == before, above
        schema.migrate(full, below)
    assert rows(full) == {}
    schema.migrate(full)
    assert rows(full) == whole
    assert [name for name in sa.inspect(full.engine).get_table_names() if "aside" in name] == []
    # The guards are back, and numbers go on after those that came back.
    with pytest.raises(sa.exc.DBAPIError), full.transaction() as session:
        session.execute(sa.update(audit.AuditEntry).values(actor="nobody"))
    with full.transaction() as session:
        filed_by_another(session, 2)
    with full.reading() as session:
        assert audit.first_fault(session) is None
        assert ledger_balanced(session) is None


def filed_by_another(session: sa.orm.Session, number: int) -> None:
    place = factories.establishment(session, tax_id=factories.tax_id(number))
    factories.filed(session, place=place)


def test_what_was_filed_while_a_table_was_away_joins_what_stood_aside(database: Database) -> None:
    with database.transaction() as session:
        for number in range(2):
            filed_by_another(session, number)
    figures = sa.select(DeclaredLine.return_id, DeclaredLine.units, DeclaredLine.excise_satang)
    with database.reading() as session:
        (first, *told), (second, *_) = session.execute(figures).all()
    schema.migrate(database, "0006")
    with database.transaction() as session:  # as if only an older program had filed the first
        aside = sa.table("aside_declared_line", sa.column("return_id"))
        session.execute(sa.delete(aside).where(aside.c.return_id == first))
    schema.migrate(database)
    with database.reading() as session:
        lines = session.execute(figures.order_by(DeclaredLine.id)).all()
    assert [line[0] for line in lines] == [second, first]
    assert list(lines[1][1:]) == told


def test_three_migrations_at_once_end_well(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    with empty_url(database_url, tmp_path / "new") as url:
        _migrate_at_once(url)


def _migrate_at_once(url: str) -> None:
    faults: list[Exception] = []

    def run() -> None:
        database = Database(url)
        try:
            schema.migrate(database)
            with database.transaction() as session:
                load_first_list(session)
        except Exception as error:
            faults.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    database = Database(url)
    assert schema.is_current(database)
    assert rows(database)["office"]
    database.close()


def test_a_revision_that_is_not_ours_is_refused(database: Database) -> None:
    with pytest.raises(NotFound):
        schema.migrate(database, "4711")
    with database.transaction() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Conflict, match="schema-too-new"):
        schema.migrate(database)


def test_alembic_itself_finds_models_and_migrations_equal(database: Database) -> None:
    config: Config = schema.alembic_config()
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.check(config)
