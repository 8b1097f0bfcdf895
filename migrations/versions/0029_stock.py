"""Stock statements of taxpayers, the entries of their accounts, and the sheets in work."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
QUANTITIES = ("opening", "received", "issued", "lost", "closing")


def upgrade() -> None:
    """Create the tables; entries may only be added."""
    op.create_table(
        "stock_statement",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("sent_by", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_count", sa.BigInteger(), nullable=False),
        *_keys(
            "stock_statement",
            delivery_id="delivery",
            registration_id="registration",
            sent_by="person",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_statement")),
        sa.UniqueConstraint("delivery_id", name=op.f("uq_stock_statement_delivery_id")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_stock_statement_submission_id")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_stock_statement_registration_id_sent_at",
        "stock_statement",
        ["registration_id", "sent_at", "id"],
    )
    op.create_table(
        "stock_entry",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("product_code", sa.Text(), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column(
            "action",
            sa.Enum("N", "C", "A", name="action", native_enum=False, length=32),
            nullable=False,
        ),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in QUANTITIES),
        sa.CheckConstraint(
            "opening + received - issued - lost = closing", name=op.f("ck_stock_entry_balanced")
        ),
        *_keys("stock_entry", statement_id="stock_statement", registration_id="registration"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_entry")),
        sa.UniqueConstraint(
            "registration_id",
            "form",
            "product_code",
            "day_on",
            "version",
            name=op.f("uq_stock_entry_registration_id_form_product_code_day_on_version"),
        ),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_stock_entry_statement_id"), "stock_entry", ["statement_id"])
    op.create_table(
        "stock_sheet",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("refused_sha256", sa.Text(), nullable=True),
        *_keys("stock_sheet", registration_id="registration", changed_by="person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_sheet")),
        sa.UniqueConstraint(
            "registration_id", "account", name=op.f("uq_stock_sheet_registration_id_account")
        ),
        sqlite_strict=True,
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _sqlite() if sqlite else _postgresql():
        op.execute(statement)


def downgrade() -> None:
    """Take the tables away; the guards go with them, the rows are set aside."""
    for table in ("stock_sheet", "stock_entry", "stock_statement"):
        op.drop_table(table)


def _keys(table: str, **targets: str) -> Iterator[sa.ForeignKeyConstraint]:
    for column, target in targets.items():
        yield sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def _sqlite() -> Iterator[str]:
    refuse = "BEGIN SELECT RAISE(ABORT, 'stock_entry does not change'); END"
    for verb in ("update", "delete"):
        yield f"CREATE TRIGGER stock_entry_no_{verb} BEFORE {verb} ON stock_entry {refuse}"


def _postgresql() -> Iterator[str]:
    row, whole = ("FOR EACH ROW", "FOR EACH STATEMENT")
    for verb, each in (("update", row), ("delete", row), ("truncate", whole)):
        yield (
            f"CREATE TRIGGER stock_entry_no_{verb} BEFORE {verb} ON stock_entry"
            f" {each} EXECUTE FUNCTION refuse_change()"
        )
