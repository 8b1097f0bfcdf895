"""How much may differ by a rule as officers set it, and what each run used."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
OFFICERS = ("drafted_by", "decided_by", "rolled_back_by")


def upgrade() -> None:
    """Create the table; of the runs so far nobody wrote down what they used."""
    op.create_table(
        "rule_setting",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("share_bp", sa.BigInteger(), nullable=False),
        sa.Column("least", sa.BigInteger(), nullable=False),
        sa.Column("why_th", sa.Text(), nullable=False),
        sa.Column("why_en", sa.Text(), nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("drafted_by", sa.BigInteger(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("replay_key", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rolled_back_by", sa.BigInteger(), nullable=True),
        sa.Column("rolled_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "share_bp BETWEEN 0 AND 10000 AND least >= 0", name=op.f("ck_rule_setting_figures")
        ),
        *(
            sa.ForeignKeyConstraint([name], ["officer.id"], name=op.f(f"fk_rule_setting_{name}"))
            for name in OFFICERS
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_setting")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_rule_setting_submission_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_rule_setting_rule", "rule_setting", ["rule", "state"])
    op.add_column(
        "match_run", sa.Column("tolerances", JSON, nullable=False, server_default=sa.text("'{}'"))
    )
    op.add_column("finding", sa.Column("base", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Take the table and the columns away; what they hold is set aside."""
    op.drop_column("finding", "base")
    op.drop_column("match_run", "tolerances")
    op.drop_index("ix_rule_setting_rule", "rule_setting")
    op.drop_table("rule_setting")
