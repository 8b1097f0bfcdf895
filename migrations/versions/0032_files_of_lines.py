"""Lines of a draft that come by file."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
STATES = ("reading", "taken", "refused", "overtaken")


def upgrade() -> None:
    """Create the table; lines that stand were entered by hand."""
    op.add_column(
        "return_line", sa.Column("row_count", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column("return_line", sa.Column("first_on", sa.Date(), nullable=True))
    op.add_column("tax_return", sa.Column("file_sha256", sa.Text(), nullable=True))
    op.create_table(
        "return_upload",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("return_id", sa.BigInteger(), nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="uploadstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("repeated_count", sa.BigInteger(), nullable=False),
        sa.Column("line_count", sa.BigInteger(), nullable=False),
        sa.Column("fault_count", sa.BigInteger(), nullable=False),
        sa.Column("faults", JSON, nullable=False),
        sa.Column("errors_sha256", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["return_id"],
            ["tax_return.id"],
            name=op.f("fk_return_upload_return_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["sent_by"], ["person.id"], name=op.f("fk_return_upload_sent_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_upload")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_return_upload_submission_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_return_upload_return_id", "return_upload", ["return_id", "id"])


def downgrade() -> None:
    """Take them away; what they held is set aside."""
    op.drop_table("return_upload")
    op.drop_column("tax_return", "file_sha256")
    op.drop_column("return_line", "first_on")
    op.drop_column("return_line", "row_count")
