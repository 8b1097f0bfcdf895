"""The pieces in which a bank's file is received."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Create the table and guard it; what stands was received in one piece."""
    op.create_table(
        "bank_file_piece",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("bank_file_id", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("contradicted", JSON, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["bank_file_id"], ["bank_file.id"], name=op.f("fk_bank_file_piece_bank_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_file_piece")),
        sa.UniqueConstraint(
            "bank_file_id", "first", name=op.f("uq_bank_file_piece_bank_file_id_first")
        ),
        sqlite_strict=True,
    )
    if not sa.inspect(op.get_bind()).has_table("aside_bank_file_piece"):  # it would come again
        op.execute(
            "INSERT INTO bank_file_piece"
            " (bank_file_id, first, row_count, contradicted, received_at)"
            " SELECT id, 0, row_count, '[]', imported_at FROM bank_file"
        )
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _sqlite() if sqlite else _postgresql():
        op.execute(statement)


def downgrade() -> None:
    """Take the table away; its rows are set aside."""
    op.drop_table("bank_file_piece")


def _sqlite() -> Iterator[str]:
    for act in ("UPDATE", "DELETE"):
        yield (
            f"CREATE TRIGGER bank_file_piece_no_{act.lower()} BEFORE {act} ON bank_file_piece"
            " BEGIN SELECT RAISE(ABORT, 'bank_file_piece does not change'); END"
        )


def _postgresql() -> Iterator[str]:
    for when, each in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        yield (
            f"CREATE TRIGGER bank_file_piece_no_{when.split()[0].lower()}"
            f" BEFORE {when} ON bank_file_piece"
            f" FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )
