"""Messages that are filed together, and an index of what waits to be read."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

LANDED = sa.text("state = 'landed'")


def upgrade() -> None:
    """Add the name under which rows are filed; those that stand have files of their own."""
    op.add_column("delivery", sa.Column("filed_with", sa.Text(), nullable=True))
    op.create_index(
        "ix_delivery_landed",
        "delivery",
        ["layout", "id"],
        sqlite_where=LANDED,
        postgresql_where=LANDED,
    )


def downgrade() -> None:
    """Take it away; `excise rebuild evidence` then files each delivery by itself."""
    op.drop_index("ix_delivery_landed", "delivery")
    op.drop_column("delivery", "filed_with")
