"""What was typed into the form of a line and not saved yet."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
KEYS = {"person_id": "person", "product_id": "product"}


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "typed_line",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("return_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("typed", JSON, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["return_id"],
            ["tax_return.id"],
            name=op.f("fk_typed_line_return_id"),
            ondelete="CASCADE",
        ),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_typed_line_{column}"))
            for column, table in KEYS.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_typed_line")),
        sa.UniqueConstraint(
            "return_id",
            "person_id",
            "product_id",
            "position",
            name=op.f("uq_typed_line_return_id_person_id_product_id_position"),
        ),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Take it away; its rows are set aside."""
    op.drop_table("typed_line")
