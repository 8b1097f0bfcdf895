from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from backoffice.accounts import OfficerAccount
from excise import records, schema
from excise.returns.models import DeclaredLine
from portal.accounts import TaxpayerAccount
from tests import factories

assert OfficerAccount.metadata is TaxpayerAccount.metadata is records.METADATA


def test_models_and_migrations_agree(database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, kind, _: (
                    kind != "table" or name in records.METADATA.tables
                ),
            },
        )
        assert compare_metadata(context, records.METADATA) == []


def test_the_head_file_names_the_newest_migration():
    script = ScriptDirectory.from_config(schema.alembic_config())
    assert [step.revision for step in script.walk_revisions()][::-1] == schema.revisions()
    told = (Path(script.versions) / ".head").read_text().strip()
    assert script.get_heads() == [told]


def test_every_migration_can_be_taken_back(database):
    config = schema.alembic_config()
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        left = set(sa.inspect(connection).get_table_names()) & set(records.METADATA.tables)
        assert left == set()
    schema.migrate(database)
    assert schema.is_current(database)


def test_an_old_program_serves_on_when_a_newer_one_has_migrated(database):
    assert schema.is_current(database)
    with database.transaction() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    assert schema.is_current(database)
    with database.transaction() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    assert not schema.is_current(database)


def test_returns_filed_before_have_their_figures_read_from_the_originals(database):
    columns = DeclaredLine.__table__.columns
    figures = sa.select(*[each for each in columns if each.name != "id"]).order_by(
        DeclaredLine.return_id, DeclaredLine.position
    )
    with database.transaction() as session:
        factories.filed(session)
        before = session.execute(figures).all()
    config = schema.alembic_config()
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0006")
    schema.migrate(database)
    with database.reading() as session:
        assert before == session.execute(figures).all() != []


@pytest.mark.parametrize(
    "table",
    [
        "audit_entry",
        "posting",
        "receipt",
        "original",
        "declared_line",
        "finding",
        "assessment",
        "tariff_edition",
        "stock_entry",
        "claim_line",
    ],
)
def test_rows_that_may_only_be_added_are_guarded(database, table):
    with database.engine.connect() as connection:
        if database.is_sqlite:
            query = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :t"
        else:
            query = "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = CAST(:t AS regclass)"
        assert connection.execute(sa.text(query), {"t": table}).scalar_one() >= 2
