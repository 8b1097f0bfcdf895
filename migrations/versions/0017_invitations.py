"""Invitations to act for a taxpayer."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
TARGETS = {
    "taxpayer_id": "taxpayer",
    "invited_by": "person",
    "delegation_id": "delegation",
}


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "invitation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("taxpayer_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("rights", JSON, nullable=False),
        sa.Column("duty_groups", JSON, nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("invited_by", sa.BigInteger(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delegation_id", sa.BigInteger(), nullable=True),
        *(
            sa.ForeignKeyConstraint([name], [f"{table}.id"], name=op.f(f"fk_invitation_{name}"))
            for name, table in TARGETS.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_invitation_submission_id")),
        sqlite_strict=True,
    )
    for name in ("email", "taxpayer_id"):
        op.create_index(op.f(f"ix_invitation_{name}"), "invitation", [name])


def downgrade() -> None:
    """Take the table away; its rows are set aside."""
    op.drop_table("invitation")
