"""Resolutions: what becomes of money that found no bill, and what is paid back of it."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Who proposed what, and what was decided, stays; a refund changes once, when it is paid.
PROPOSED = "reference, submission_id, bill_id, payee, reason, proposed_by, proposed_at"
DECIDED = "state, decided_by, decided_at, note"
DUE = "resolution_id, amount_satang, bank_code, payee, taxpayer_id, due_at"
PAID = "transfer_no, paid_on, paid_by, recorded_at"
FOUND_BY = (
    ("ix_payment_ref1", "payment", "ref1"),
    ("ix_bill_amount_satang", "bill", "amount_satang"),
)
GUARDS = {  # columns that never change, and those that do not any more once a row is so
    "resolution": (PROPOSED, DECIDED, "OLD.state <> 'proposed'"),
    "refund": (DUE, PAID, "OLD.transfer_no IS NOT NULL"),
}


def upgrade() -> None:
    """Create the tables and guard them."""
    op.create_table(
        "resolution",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.BigInteger(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bill_id", sa.BigInteger(), nullable=True),
        sa.Column("payee", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "approved",
                "given-back",
                name="resolutionstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        *_keys("resolution", bill_id="bill", proposed_by="officer", decided_by="officer"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resolution")),
        sa.UniqueConstraint("reference", name=op.f("uq_resolution_reference")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_resolution_submission_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_resolution_state_proposed_at", "resolution", ["state", "proposed_at", "id"])
    op.create_table(
        "resolution_payment",
        sa.Column("resolution_id", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        *_keys("resolution_payment", resolution_id="resolution", payment_id="payment"),
        sa.PrimaryKeyConstraint("resolution_id", "payment_id", name=op.f("pk_resolution_payment")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_resolution_payment_payment_id"), "resolution_payment", ["payment_id"])
    op.create_table(
        "refund",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("resolution_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_satang", sa.BigInteger(), nullable=False),
        sa.Column("bank_code", sa.Text(), nullable=False),
        sa.Column("payee", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taxpayer_id", sa.BigInteger(), nullable=True),
        sa.Column("transfer_no", sa.Text(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("paid_by", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_satang > 0", name=op.f("ck_refund_positive")),
        *_keys("refund", resolution_id="resolution", taxpayer_id="taxpayer", paid_by="officer"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("resolution_id", name=op.f("uq_refund_resolution_id")),
        sa.UniqueConstraint(
            "bank_code", "transfer_no", name=op.f("uq_refund_bank_code_transfer_no")
        ),
        sqlite_strict=True,
    )
    for name, table, column in FOUND_BY:
        op.create_index(op.f(name), table, [column])
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _sqlite() if sqlite else _postgresql():
        op.execute(statement)


def downgrade() -> None:
    """Take the tables away; their guards go with them, the rows are set aside."""
    for name, table, _ in FOUND_BY:
        op.drop_index(op.f(name), table)
    for table in ("refund", "resolution_payment", "resolution"):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        for table in GUARDS:
            op.execute(f"DROP FUNCTION refuse_done_{table}()")


def _keys(table: str, **targets: str) -> Iterator[sa.ForeignKeyConstraint]:
    for column, target in targets.items():
        yield sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def _sqlite() -> Iterator[str]:
    for table in (*GUARDS, "resolution_payment"):
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} does not change'); END"
        yield f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}"
        if table not in GUARDS:
            yield f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}"
            continue
        fixed, once, done = GUARDS[table]
        yield f"CREATE TRIGGER {table}_fixed BEFORE UPDATE OF {fixed} ON {table} {refuse}"
        when = f"BEFORE UPDATE OF {once} ON {table} WHEN {done} {refuse}"
        yield f"CREATE TRIGGER {table}_done {when}"


def _postgresql() -> Iterator[str]:
    row = "FOR EACH ROW EXECUTE FUNCTION"
    for table in (*GUARDS, "resolution_payment"):
        fixed, once, done = GUARDS.get(table, ("", "", ""))
        what = f"UPDATE OF {fixed}" if fixed else "UPDATE"
        yield f"CREATE TRIGGER {table}_fixed BEFORE {what} ON {table} {row} refuse_change()"
        yield f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {row} refuse_change()"
        yield (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        if fixed:
            yield (
                f"CREATE FUNCTION refuse_done_{table}() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
                f" IF {done} THEN RAISE EXCEPTION '{table} does not change'"
                " USING ERRCODE = '23514'; END IF; RETURN NEW; END$$"
            )
            yield (
                f"CREATE TRIGGER {table}_done BEFORE UPDATE OF {once} ON {table}"
                f" {row} refuse_done_{table}()"
            )
