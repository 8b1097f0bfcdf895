"""Reports about our pages, their histories and pictures."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TEXTS = ("reference", "submission_id", "token", "site", "page", "request_id", "language")
WORDS = ("what", "doing", "email", "news_th", "news_en")


def upgrade() -> None:
    """Create the three tables."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "problem",
        sa.Column("id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in (*TEXTS, *WORDS)),
        *(_choice(name, nullable=name == "kind") for name in ("category", "state", "kind")),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("reported_at", moment, nullable=False),
        sa.Column("changed_at", moment, nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", moment, nullable=True),
        sa.Column("published_at", moment, nullable=True),
        sa.Column("published_by", sa.BigInteger(), nullable=True),
        _to("problem", "person_id", "person"),
        _to("problem", "officer_id", "officer"),
        _to("problem", "published_by", "officer"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem")),
        *(sa.UniqueConstraint(name, name=op.f(f"uq_problem_{name}")) for name in TEXTS[:3]),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_problem_person_id"), "problem", ["person_id"])
    op.create_index("ix_problem_state", "problem", ["state", "id"])
    op.create_index("ix_problem_reported_at", "problem", ["reported_at"])
    op.create_index("ix_problem_published_at", "problem", ["published_at"])
    op.create_table(
        "problem_event",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("problem_id", sa.BigInteger(), nullable=False),
        sa.Column("at", moment, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("actor", "act", "note")),
        sa.Column("is_internal", sa.Boolean(), nullable=False),
        _to("problem_event", "problem_id", "problem"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem_event")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_problem_event_problem_id"), "problem_event", ["problem_id"])
    op.create_table(
        "problem_picture",
        sa.Column("problem_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "media_type", "sha256")),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        _to("problem_picture", "problem_id", "problem"),
        sa.PrimaryKeyConstraint("problem_id", name=op.f("pk_problem_picture")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Take the tables away; their rows are set aside."""
    for table in ("problem_picture", "problem_event", "problem"):
        op.drop_table(table)


def _choice(name: str, *, nullable: bool) -> sa.Column[str]:
    kind = sa.Enum(name=f"problem{name}", native_enum=False, length=32)
    return sa.Column(name, kind, nullable=nullable)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name)
