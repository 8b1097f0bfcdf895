"""What a step back takes away is set aside, and comes again with the step forward.

Loaded by the migrations, it makes Alembic's `drop_table` and `drop_column` keep a
copy first, when the step goes back: `aside_<table>`, or `aside_<table>__<column>` with
the primary key. After every step, what stands aside returns into what exists again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic.operations import Operations, ops, toimpl
from alembic.runtime.migration import MigrationContext, RevisionStep

PREFIX = "aside_"
_LONGEST_NAME = 63  # PostgreSQL would cut off the rest


def watch(migration: MigrationContext) -> None:
    """Make drops in this run know which way their step goes."""
    steps = migration._migrations_fn
    assert steps is not None

    def told(*given: Any) -> Iterator[RevisionStep]:
        for step in steps(*given):
            migration.opts["steps_back"] = step.is_downgrade
            yield step

    migration._migrations_fn = told


@Operations.implementation_for(ops.DropTableOp, replace=True)
def _drop_table(operations: Operations, operation: ops.DropTableOp) -> None:
    if operations.migration_context.opts.get("steps_back"):
        _set_aside(operations.get_bind(), operation.table_name)
    toimpl.drop_table(operations, operation)


@Operations.implementation_for(ops.DropColumnOp, replace=True)
def _drop_column(operations: Operations, operation: ops.DropColumnOp) -> None:
    if operations.migration_context.opts.get("steps_back"):
        _set_aside(operations.get_bind(), operation.table_name, operation.column_name)
    toimpl.drop_column(operations, operation)


def _set_aside(connection: sa.Connection, table: str, column: str | None = None) -> None:
    quote = connection.dialect.identifier_preparer.quote
    what, name, where = "*", f"{PREFIX}{table}", ""
    if column is not None:
        key = _primary_key(connection, table)
        what, name = ", ".join(map(quote, [*key, column])), f"{name}__{column}"
        where = f"WHERE {quote(column)} IS NOT NULL"
    assert len(name) <= _LONGEST_NAME, name
    rows = f"SELECT {what} FROM {quote(table)} {where}"  # noqa: S608  names from our migrations
    if connection.scalar(sa.text(f"SELECT EXISTS ({rows})")):
        connection.execute(sa.text(f"CREATE TABLE {quote(name)} AS {rows}"))


def bring_back(connection: sa.Connection) -> None:
    """Return rows that stand aside into the tables and columns that exist again."""
    inspector = sa.inspect(connection)
    waiting = {name for name in inspector.get_table_names() if name.startswith(PREFIX)}
    if not waiting:
        return
    # What is referred to comes first.
    tables = [name for name, _ in inspector.get_sorted_table_and_fkc_names() if name]
    for table in tables:
        if f"{PREFIX}{table}" in waiting:
            with _without_triggers(connection, table):
                _return_rows(connection, table)
    for name in sorted(waiting):
        table, _, column = name.removeprefix(PREFIX).partition("__")
        if column and table in tables and column in _columns(connection, table):
            with _without_triggers(connection, table):
                _return_column(connection, table, column)


def _return_rows(connection: sa.Connection, table: str) -> None:
    """Take the rows as they were; of those the step filled in itself, keep what is new."""
    quote = connection.dialect.identifier_preparer.quote
    aside, here = quote(f"{PREFIX}{table}"), quote(table)
    known = set(_columns(connection, f"{PREFIX}{table}"))
    columns = ", ".join(quote(name) for name in _columns(connection, table) if name in known)
    numbered = _is_numbered(connection, table)
    if numbered:  # the numbers of rows filled in are nobody's yet: out of the way
        connection.execute(sa.text(f"UPDATE {here} SET id = -id"))  # noqa: S608
    for key in _keys(connection, table):
        same = " AND ".join(f"{here}.{quote(name)} = {aside}.{quote(name)}" for name in key)
        twice = f"EXISTS (SELECT 1 FROM {aside} WHERE {same})"  # noqa: S608
        connection.execute(sa.text(f"DELETE FROM {here} WHERE {twice}"))  # noqa: S608
    connection.execute(
        sa.text(f"INSERT INTO {here} ({columns}) SELECT {columns} FROM {aside}")  # noqa: S608
    )
    if numbered:
        last = f"(SELECT max(id) FROM {here})"  # noqa: S608
        connection.execute(sa.text(f"UPDATE {here} SET id = {last} - id WHERE id < 0"))  # noqa: S608
        _go_on_numbering(connection, table)
    connection.execute(sa.text(f"DROP TABLE {aside}"))


def _return_column(connection: sa.Connection, table: str, column: str) -> None:
    quote = connection.dialect.identifier_preparer.quote
    name = f"{PREFIX}{table}__{column}"
    aside, here, value = quote(name), quote(table), quote(column)
    key = [each for each in _columns(connection, name) if each != column]
    same = " AND ".join(f"{aside}.{quote(each)} = {here}.{quote(each)}" for each in key)
    rows = f"FROM {aside} WHERE {same}"
    connection.execute(
        sa.text(
            f"UPDATE {here} SET {value} = (SELECT {aside}.{value} {rows})"  # noqa: S608
            f" WHERE EXISTS (SELECT 1 {rows})"
        )
    )
    connection.execute(sa.text(f"DROP TABLE {aside}"))


@contextmanager
def _without_triggers(connection: sa.Connection, table: str) -> Iterator[None]:
    """Keep our guards quiet: these rows passed them when they were written."""
    here = connection.dialect.identifier_preparer.quote(table)
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text(f"ALTER TABLE {here} DISABLE TRIGGER USER"))
        yield
        # A table with checks that wait for the commit cannot be altered.
        connection.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
        connection.execute(sa.text("SET CONSTRAINTS ALL DEFERRED"))
        connection.execute(sa.text(f"ALTER TABLE {here} ENABLE TRIGGER USER"))
        return
    of_table = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
    triggers = connection.execute(sa.text(of_table), {"table": table}).all()
    for name, _ in triggers:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    yield
    for _, definition in triggers:
        connection.exec_driver_sql(definition)


def _go_on_numbering(connection: sa.Connection, table: str) -> None:
    if connection.dialect.name == "postgresql":
        here = connection.dialect.identifier_preparer.quote(table)
        sequence = sa.func.pg_get_serial_sequence(here, "id")
        number: sa.ColumnElement[int] = sa.column("id")
        last = sa.select(sa.func.max(number)).select_from(sa.table(table)).scalar_subquery()
        connection.execute(sa.select(sa.func.setval(sequence, last)))


def _keys(connection: sa.Connection, table: str) -> list[list[str]]:
    """Return what makes two rows the same one, apart from a number that we gave."""
    unique = sa.inspect(connection).get_unique_constraints(table)
    keys = [list(each["column_names"]) for each in unique]
    return keys if _is_numbered(connection, table) else [_primary_key(connection, table), *keys]


def _is_numbered(connection: sa.Connection, table: str) -> bool:
    kinds = {each["name"]: each["type"] for each in sa.inspect(connection).get_columns(table)}
    return _primary_key(connection, table) == ["id"] and isinstance(kinds["id"], sa.Integer)


def _primary_key(connection: sa.Connection, table: str) -> list[str]:
    return list(sa.inspect(connection).get_pk_constraint(table)["constrained_columns"])


def _columns(connection: sa.Connection, table: str) -> list[str]:
    return [each["name"] for each in sa.inspect(connection).get_columns(table)]
