"""Versions of returns that name the one they amend, and bills that are withdrawn."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

KEY, UNIQUE = "fk_tax_return_amends_id", "uq_tax_return_amends_id"


def upgrade() -> None:
    """Add both columns."""
    op.add_column("bill", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    if op.get_bind().dialect.name == "sqlite":  # which adds no constraint afterwards
        op.execute(
            "ALTER TABLE tax_return ADD COLUMN amends_id INTEGER"
            f" CONSTRAINT {KEY} REFERENCES tax_return (id)"
        )
    else:
        op.add_column("tax_return", sa.Column("amends_id", sa.BigInteger(), nullable=True))
        op.create_foreign_key(KEY, "tax_return", "tax_return", ["amends_id"], ["id"])
    op.create_index(UNIQUE, "tax_return", ["amends_id"], unique=True)


def downgrade() -> None:
    """Take them away."""
    op.drop_index(UNIQUE, "tax_return")
    op.drop_column("tax_return", "amends_id")
    op.drop_column("bill", "withdrawn_at")
