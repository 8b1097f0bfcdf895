"""Bills that are paid in parts and cost more by the day; credit that is paid back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
KEY = "fk_resolution_taxpayer_id"
FIXED = (
    'cause, bill_id, payment_id, "on", amount_satang, heads, months, accrued_surcharge_satang,'
    " accrued_local_satang, allocated_at"
)


def upgrade() -> None:
    """Add what is new; a bill with a payment is settled, whole, as it could only be."""
    op.create_table(
        "allocation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("bill_id", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("amount_satang", sa.BigInteger(), nullable=False),
        sa.Column("heads", JSON, nullable=False),
        sa.Column("months", sa.BigInteger(), nullable=False),
        sa.Column("accrued_surcharge_satang", sa.BigInteger(), nullable=False),
        sa.Column("accrued_local_satang", sa.BigInteger(), nullable=False),
        sa.Column("allocated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("void_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_satang > 0", name=op.f("ck_allocation_positive")),
        sa.ForeignKeyConstraint(["bill_id"], ["bill.id"], name=op.f("fk_allocation_bill_id")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_allocation_payment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation")),
        sa.UniqueConstraint("cause", name=op.f("uq_allocation_cause")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_allocation_bill_id"), "allocation", ["bill_id"], unique=False)
    op.create_index(op.f("ix_allocation_payment_id"), "allocation", ["payment_id"], unique=False)
    for name in ("surcharge_from", "surcharge_to"):
        op.add_column("bill", sa.Column(name, sa.Date(), nullable=True))
    op.add_column("bill", sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))
    for name in ("taken_satang", "credit_satang"):
        zero = sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
        op.add_column("resolution", zero)
    if op.get_bind().dialect.name == "sqlite":  # which adds no constraint afterwards
        op.execute(
            "ALTER TABLE resolution ADD COLUMN taxpayer_id INTEGER"
            f" CONSTRAINT {KEY} REFERENCES taxpayer (id)"
        )
        _guard_sqlite()
    else:
        op.add_column("resolution", sa.Column("taxpayer_id", sa.BigInteger(), nullable=True))
        op.create_foreign_key(KEY, "resolution", "taxpayer", ["taxpayer_id"], ["id"])
        for name in ("taken_satang", "credit_satang"):
            op.alter_column("resolution", name, server_default=None)
        _guard_postgresql()
    _fill()


def _fill() -> None:
    op.execute(
        "UPDATE bill SET settled_at = (SELECT max(recorded_at) FROM payment"
        " WHERE payment.bill_id = bill.id)"
    )
    op.execute(
        "UPDATE resolution SET taken_satang = (SELECT amount_satang FROM bill"
        " WHERE bill.id = resolution.bill_id) WHERE bill_id IS NOT NULL"
    )
    for cause, table, number, to in (
        ("return", "tax_return", "reference", "date(tax_return.filed_at)"),
        ("assessment", "assessment", "number", "assessment.computed_to"),
    ):
        known = f"FROM {table} WHERE '{cause}:' || {table}.{number} = bill.cause"
        op.execute(
            f"UPDATE bill SET surcharge_from = (SELECT due_on {known}),"  # noqa: S608
            f" surcharge_to = (SELECT {to} {known}) WHERE cause LIKE '{cause}:%'"
        )


def _guard_sqlite() -> None:
    refuse = "ON allocation BEGIN SELECT RAISE(ABORT, 'allocation does not change'); END"
    op.execute(f"CREATE TRIGGER allocation_fixed BEFORE UPDATE OF {FIXED} {refuse}")
    op.execute(f"CREATE TRIGGER allocation_no_delete BEFORE DELETE {refuse}")


def _guard_postgresql() -> None:
    run = "EXECUTE FUNCTION refuse_change()"
    for name, when, each in (
        ("fixed", f"UPDATE OF {FIXED}", "ROW"),
        ("no_delete", "DELETE", "ROW"),
        ("no_truncate", "TRUNCATE", "STATEMENT"),
    ):
        op.execute(
            f"CREATE TRIGGER allocation_{name} BEFORE {when} ON allocation FOR EACH {each} {run}"
        )


def downgrade() -> None:
    """Take them away; what stands in them is kept aside."""
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(KEY, "resolution", type_="foreignkey")
    for name in ("taxpayer_id", "credit_satang", "taken_satang"):
        op.drop_column("resolution", name)
    for name in ("settled_at", "surcharge_to", "surcharge_from"):
        op.drop_column("bill", name)
    op.drop_table("allocation")
