"""Who changed a draft and its lines last, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; of what stands nobody knows."""
    op.add_column("return_line", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    for table in ("tax_return", "return_line"):
        key = f"fk_{table}_changed_by"
        if op.get_bind().dialect.name == "sqlite":  # which adds no constraint afterwards
            op.execute(
                f"ALTER TABLE {table} ADD COLUMN changed_by INTEGER"
                f" CONSTRAINT {key} REFERENCES person (id)"
            )
        else:
            op.add_column(table, sa.Column("changed_by", sa.BigInteger(), nullable=True))
            op.create_foreign_key(key, table, "person", ["changed_by"], ["id"])


def downgrade() -> None:
    """Take them away."""
    for table in ("tax_return", "return_line"):
        op.drop_column(table, "changed_by")
    op.drop_column("return_line", "changed_at")
