"""Notices of discrepancies: clocks, answers with their files, requests to agencies."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OPEN_BEFORE = ("queued", "explained", "under-review")
OPEN = (
    *OPEN_BEFORE,
    *("notified", "reminded", "accepted-pay", "accepted-amend", "source-disputed"),
)
KINDS = ("pay", "amend", "explain", "dispute")
REASONS = (
    *("timing", "credit-note", "exported", "exempt", "reduced", "damaged-or-lost"),
    *("unit-conversion", "other-permit", "source-error", "not-ours", "data-entry"),
    *("price-basis", "other"),
)
KEPT = ("discrepancy_answer", "discrepancy_answer_file")  # rows are added, never changed


def upgrade() -> None:
    """Let more states be open, and create what comes with them."""
    op.add_column("discrepancy", sa.Column("told_difference", sa.BigInteger(), nullable=True))
    op.add_column("discrepancy", sa.Column("due_on", sa.Date(), nullable=True))
    op.create_index("ix_discrepancy_due_on", "discrepancy", ["due_on", "id"])
    _one_open(OPEN)
    op.create_table(
        "discrepancy_answer",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("discrepancy_id", sa.BigInteger(), nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="answerkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.Enum(*REASONS, name="reason", native_enum=False, length=32),
            nullable=True,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("declared", sa.BigInteger(), nullable=True),
        sa.Column("evidence", sa.BigInteger(), nullable=True),
        sa.Column("given_by", sa.BigInteger(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        *_keys("discrepancy_answer", discrepancy_id="discrepancy", given_by="person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discrepancy_answer")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_discrepancy_answer_submission_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "discrepancy_answer_file",
        sa.Column("answer_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        *_keys("discrepancy_answer_file", answer_id="discrepancy_answer"),
        sa.PrimaryKeyConstraint("answer_id", "position", name=op.f("pk_discrepancy_answer_file")),
        sqlite_strict=True,
    )
    op.create_table(
        "correction_request",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("discrepancy_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        *_keys("correction_request", discrepancy_id="discrepancy"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_request")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_correction_request_source", "correction_request", ["source", "closed_at", "id"]
    )
    for table in ("discrepancy_answer", "correction_request"):
        op.create_index(op.f(f"ix_{table}_discrepancy_id"), table, ["discrepancy_id"])
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _sqlite() if sqlite else _postgresql():
        op.execute(statement)


def downgrade() -> None:
    """Take it all away; their guards go with the tables, the rows are set aside."""
    for table in ("correction_request", *reversed(KEPT)):
        op.drop_table(table)
    _one_open(OPEN_BEFORE)
    op.drop_index("ix_discrepancy_due_on", "discrepancy")
    for column in ("due_on", "told_difference"):
        op.drop_column("discrepancy", column)


def _one_open(states: tuple[str, ...]) -> None:
    op.drop_index("uq_discrepancy_open", "discrepancy")
    where = sa.text("state in ({})".format(", ".join(f"'{state}'" for state in states)))
    op.create_index(
        "uq_discrepancy_open",
        "discrepancy",
        ["rule", "taxpayer_id", "period", "product_code"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )


def _keys(table: str, **targets: str) -> Iterator[sa.ForeignKeyConstraint]:
    for column, target in targets.items():
        yield sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def _sqlite() -> Iterator[str]:
    for table in KEPT:
        for deed in ("update", "delete"):
            yield (
                f"CREATE TRIGGER {table}_no_{deed} BEFORE {deed.upper()} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} does not change'); END"
            )


def _postgresql() -> Iterator[str]:
    for table in KEPT:
        for deed, each in (("update", "ROW"), ("delete", "ROW"), ("truncate", "STATEMENT")):
            yield (
                f"CREATE TRIGGER {table}_no_{deed} BEFORE {deed.upper()} ON {table}"
                f" FOR EACH {each} EXECUTE FUNCTION refuse_change()"
            )
