"""A line of a return knows the form it came from, so that a double click adds one line."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INDEX = "uq_return_line_return_id_submission_id"


def upgrade() -> None:
    """Add the column; the lines that stand keep none."""
    op.add_column("return_line", sa.Column("submission_id", sa.Text(), nullable=True))
    op.create_index(INDEX, "return_line", ["return_id", "submission_id"], unique=True)


def downgrade() -> None:
    """Drop it, without rebuilding the table: its triggers stay."""
    op.drop_index(INDEX, "return_line")
    op.drop_column("return_line", "submission_id")
