"""Closings: periods that take no more entries."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KINDS = ("days", "month", "year")
STATES = ("proposed", "given-back", "closed", "reopening", "reopened")
FIXED = "reference, kind, first, last, facts, digest, proposed_by, proposed_at"
CLOSED = "SELECT 1 FROM closing WHERE kind = 'days' AND state IN ('closed', 'reopening')"


def upgrade() -> None:
    """Create the table, guard it, and keep entries out of what is closed."""
    op.create_table(
        "closing",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="closingkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.BigInteger(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="closingstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopen_reason", sa.Text(), nullable=False),
        sa.Column("reopen_by", sa.BigInteger(), nullable=True),
        sa.Column("reopened_by", sa.BigInteger(), nullable=True),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint([column], ["officer.id"], name=op.f(f"fk_closing_{column}"))
            for column in ("proposed_by", "decided_by", "reopen_by", "reopened_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closing")),
        sa.UniqueConstraint("reference", name=op.f("uq_closing_reference")),
        sqlite_strict=True,
    )
    standing = sa.text("state IN ('proposed', 'closed', 'reopening')")
    op.create_index(
        "uq_closing_standing",
        "closing",
        ["kind", "last"],
        unique=True,
        sqlite_where=standing,
        postgresql_where=standing,
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _sqlite() if sqlite else _postgresql():
        op.execute(statement)


def downgrade() -> None:
    """Take the guards and the table away; its rows are set aside."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER entry_not_in_closed")
    else:
        op.execute("DROP FUNCTION refuse_closed() CASCADE")
    op.drop_table("closing")


def _sqlite() -> Iterator[str]:
    refuse = "BEGIN SELECT RAISE(ABORT, '{} does not change'); END"
    yield f"CREATE TRIGGER closing_no_delete BEFORE DELETE ON closing {refuse.format('closing')}"
    fixed = f"BEFORE UPDATE OF {FIXED} ON closing {refuse.format('closing')}"
    yield f"CREATE TRIGGER closing_fixed {fixed}"
    yield (
        f"CREATE TRIGGER entry_not_in_closed BEFORE INSERT ON entry WHEN EXISTS ({CLOSED}"
        " AND last >= NEW.posted_on) BEGIN SELECT RAISE(ABORT, 'the day is closed'); END"
    )


def _postgresql() -> Iterator[str]:
    row = "FOR EACH ROW EXECUTE FUNCTION"
    yield f"CREATE TRIGGER closing_no_delete BEFORE DELETE ON closing {row} refuse_change()"
    yield f"CREATE TRIGGER closing_fixed BEFORE UPDATE OF {FIXED} ON closing {row} refuse_change()"
    yield (
        "CREATE TRIGGER closing_no_truncate BEFORE TRUNCATE ON closing"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    yield (
        "CREATE FUNCTION refuse_closed() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
        f" IF EXISTS ({CLOSED} AND last >= NEW.posted_on) THEN"
        " RAISE EXCEPTION 'the day is closed' USING ERRCODE = '23514'; END IF; RETURN NEW; END$$"
    )
    yield f"CREATE TRIGGER entry_not_in_closed BEFORE INSERT ON entry {row} refuse_closed()"
