"""Counters of offices: cashiers' sessions, what they took, and its way to the bank."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

STATES = ("open", "counted", "approved")
MEANS = ("cash", "cheque", "card")
FIXED = {
    "cashier_shift": "reference, office_code, cashier_id, opened_at, float_satang",
    "deposit": "reference, shift_id, by_card, amount_satang, made_at",
    "taking": "",
}


def upgrade() -> None:
    """Create the tables and guard them."""
    op.create_table(
        "cashier_shift",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("cashier_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("float_satang", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="shiftstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("counted_satang", sa.BigInteger(), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("float_satang >= 0", name=op.f("ck_cashier_shift_float_not_below_zero")),
        sa.ForeignKeyConstraint(
            ["office_code"], ["office.code"], name=op.f("fk_cashier_shift_office_code")
        ),
        sa.ForeignKeyConstraint(
            ["cashier_id"], ["officer.id"], name=op.f("fk_cashier_shift_cashier_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["officer.id"], name=op.f("fk_cashier_shift_decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cashier_shift")),
        sa.UniqueConstraint("reference", name=op.f("uq_cashier_shift_reference")),
        sqlite_strict=True,
    )
    unfinished = sa.text("state IN ('open', 'counted')")
    op.create_index(
        "uq_cashier_shift_unfinished",
        "cashier_shift",
        ["cashier_id"],
        unique=True,
        sqlite_where=unfinished,
        postgresql_where=unfinished,
    )
    op.create_index(
        "ix_cashier_shift_office_code_opened_at",
        "cashier_shift",
        ["office_code", "opened_at"],
    )
    op.create_table(
        "taking",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("shift_id", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column(
            "means",
            sa.Enum(*MEANS, name="means", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("tendered_satang", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["cashier_shift.id"], name=op.f("fk_taking_shift_id")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_taking_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taking")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_taking_payment_id")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_taking_submission_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_taking_shift_id", "taking", ["shift_id"])
    op.create_table(
        "deposit",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("shift_id", sa.BigInteger(), nullable=False),
        sa.Column("by_card", sa.Boolean(), nullable=False),
        sa.Column("amount_satang", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_satang > 0", name=op.f("ck_deposit_positive")),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["cashier_shift.id"], name=op.f("fk_deposit_shift_id")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_deposit_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deposit")),
        sa.UniqueConstraint("reference", name=op.f("uq_deposit_reference")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_deposit_payment_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_deposit_shift_id"), "deposit", ["shift_id"])
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, fixed in FIXED.items():
        of = f" OF {fixed}" if fixed else ""
        for statement in _sqlite(table, of) if sqlite else _postgresql(table, of):
            op.execute(statement)


def downgrade() -> None:
    """Take the tables away; their rows are set aside."""
    for table in ("deposit", "taking", "cashier_shift"):
        op.drop_table(table)


def _sqlite(table: str, of: str) -> Iterator[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} does not change'); END"
    yield f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}"
    yield f"CREATE TRIGGER {table}_fixed BEFORE UPDATE{of} ON {table} {refuse}"


def _postgresql(table: str, of: str) -> Iterator[str]:
    refuse = "EXECUTE FUNCTION refuse_change()"
    row = f"ON {table} FOR EACH ROW {refuse}"
    yield f"CREATE TRIGGER {table}_no_delete BEFORE DELETE {row}"
    yield f"CREATE TRIGGER {table}_fixed BEFORE UPDATE{of} {row}"
    yield (
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}"
    )
