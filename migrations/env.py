"""Alembic's way in: one set of numbered migrations for SQLite and PostgreSQL."""

import importlib

import sqlalchemy as sa
from alembic import context

from excise import aside
from excise.db import JSON, NAMES, UTCDateTime


def models() -> sa.MetaData:
    """Load every mapped class, for comparisons only: steps never look at them.

    The doors' tables join the domain's in one metadata when their modules are loaded.
    """
    for door in ("portal", "backoffice"):
        importlib.import_module(f"{door}.accounts")
    return importlib.import_module("excise.records").METADATA


def render_item(kind: str, thing: object, _context: object) -> str | bool:
    """Write types as SQLAlchemy knows them: a migration never imports our code."""
    if kind == "type" and isinstance(thing, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(thing, type(JSON)):
        return "JSON"
    return False


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Leave the work library's tables alone, and rows that stand aside."""
    return kind != "table" or name in context.get_context().opts["target_metadata"].tables


def run(connection: sa.Connection) -> None:
    """Run on this connection; SQLite must not cascade while a table is rebuilt."""
    sqlite = connection.dialect.name == "sqlite"
    raw = connection.connection.driver_connection
    if sqlite:
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("PRAGMA legacy_alter_table=ON")
    context.configure(
        connection=connection,
        target_metadata=sa.MetaData(naming_convention=NAMES),
        render_as_batch=True,
        compare_type=True,
        render_item=render_item,
        transaction_per_migration=True,
        include_name=include_name,
        on_version_apply=lambda ctx, **_: aside.bring_back(ctx.connection),
    )
    migration = context.get_context()
    aside.watch(migration)
    if "destination_rev" not in migration.opts:  # no upgrade, no downgrade: a comparison
        migration.opts["target_metadata"] = models()
    with context.begin_transaction():
        context.run_migrations()
    if connection.in_transaction():
        connection.commit()
    if sqlite:
        broken = raw.execute("PRAGMA foreign_key_check").fetchall()
        assert not broken, broken
        raw.execute("PRAGMA legacy_alter_table=OFF")
        raw.execute("PRAGMA foreign_keys=ON")


run(context.config.attributes["connection"])
