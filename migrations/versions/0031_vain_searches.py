"""What people looked for in vain in the help."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "vain_search",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("last_at", moment, nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vain_search")),
        sa.UniqueConstraint("words", name=op.f("uq_vain_search_words")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Take the table away; its rows are set aside."""
    op.drop_table("vain_search")
