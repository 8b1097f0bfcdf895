"""Which establishment a bill is of: who is let see some establishments sees their bills only."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

INDEX, KEY = "ix_bill_registration_id", "fk_bill_registration_id"
BEHIND = (("return", "tax_return", "reference"), ("assessment", "assessment", "number"))


def upgrade() -> None:
    """Add the column, and fill it from what made each bill."""
    if op.get_bind().dialect.name == "sqlite":  # which adds no constraint afterwards
        op.execute(
            "ALTER TABLE bill ADD COLUMN registration_id INTEGER"
            f" CONSTRAINT {KEY} REFERENCES registration (id)"
        )
    else:
        op.add_column("bill", sa.Column("registration_id", sa.BigInteger(), nullable=True))
        op.create_foreign_key(KEY, "bill", "registration", ["registration_id"], ["id"])
    for kind, table, number in BEHIND:
        op.execute(
            f"UPDATE bill SET registration_id = (SELECT registration_id FROM {table}"  # noqa: S608
            f" WHERE '{kind}:' || {table}.{number} = bill.cause) WHERE cause LIKE '{kind}:%'"
        )
    op.create_index(INDEX, "bill", ["registration_id"])


def downgrade() -> None:
    """Drop it; what made a bill still says whose it is."""
    op.drop_index(INDEX, "bill")
    op.drop_column("bill", "registration_id")
