"""Remittances: what is handed on to funds, local bodies and the treasury."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

STATES = ("prepared", "approved", "given-back")
KINDS = ("fund", "local", "treasury")
FIXED = {
    "remittance": "reference, month, tariff_edition, prepared_by, prepared_at",
    "remittance_item": "remittance_id, position, kind, payee_code, amount_satang",
}


def upgrade() -> None:
    """Create the tables and guard them."""
    op.create_table(
        "remittance",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("tariff_edition", sa.Text(), nullable=False),
        sa.Column("prepared_by", sa.BigInteger(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="remittancestate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        *(
            sa.ForeignKeyConstraint([column], ["officer.id"], name=op.f(f"fk_remittance_{column}"))
            for column in ("prepared_by", "decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remittance")),
        sa.UniqueConstraint("reference", name=op.f("uq_remittance_reference")),
        sqlite_strict=True,
    )
    standing = sa.text("state IN ('prepared', 'approved')")
    op.create_index(
        "uq_remittance_standing",
        "remittance",
        ["month"],
        unique=True,
        sqlite_where=standing,
        postgresql_where=standing,
    )
    op.create_table(
        "remittance_item",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("remittance_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="payeekind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("payee_code", sa.Text(), nullable=False),
        sa.Column("amount_satang", sa.BigInteger(), nullable=False),
        sa.Column("bank_code", sa.Text(), nullable=True),
        sa.Column("transfer_no", sa.Text(), nullable=True),
        sa.Column("transferred_on", sa.Date(), nullable=True),
        sa.Column("transferred_by", sa.BigInteger(), nullable=True),
        sa.Column("answer_no", sa.Text(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("answered_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("amount_satang > 0", name=op.f("ck_remittance_item_positive")),
        sa.ForeignKeyConstraint(
            ["remittance_id"], ["remittance.id"], name=op.f("fk_remittance_item_remittance_id")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], ["officer.id"], name=op.f(f"fk_remittance_item_{column}")
            )
            for column in ("transferred_by", "answered_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remittance_item")),
        sa.UniqueConstraint(
            "remittance_id", "position", name=op.f("uq_remittance_item_remittance_id_position")
        ),
        sa.UniqueConstraint(
            "remittance_id",
            "kind",
            "payee_code",
            name=op.f("uq_remittance_item_remittance_id_kind_payee_code"),
        ),
        sa.UniqueConstraint(
            "bank_code", "transfer_no", name=op.f("uq_remittance_item_bank_code_transfer_no")
        ),
        sqlite_strict=True,
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, fixed in FIXED.items():
        for statement in _sqlite(table, fixed) if sqlite else _postgresql(table, fixed):
            op.execute(statement)


def downgrade() -> None:
    """Take the tables away; their rows are set aside."""
    for table in ("remittance_item", "remittance"):
        op.drop_table(table)


def _sqlite(table: str, fixed: str) -> Iterator[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} does not change'); END"
    yield f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}"
    yield f"CREATE TRIGGER {table}_fixed BEFORE UPDATE OF {fixed} ON {table} {refuse}"


def _postgresql(table: str, fixed: str) -> Iterator[str]:
    refuse = "EXECUTE FUNCTION refuse_change()"
    row = f"ON {table} FOR EACH ROW {refuse}"
    yield f"CREATE TRIGGER {table}_no_delete BEFORE DELETE {row}"
    yield f"CREATE TRIGGER {table}_fixed BEFORE UPDATE OF {fixed} {row}"
    yield (
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}"
    )
