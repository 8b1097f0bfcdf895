"""Messages to taxpayers, and who has read them."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)
MESSAGE, READING = "message_to_taxpayer", "message_reading"
WHOSE = {"taxpayer_id": "taxpayer", "registration_id": "registration", "person_id": "person"}


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        MESSAGE,
        sa.Column("id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("key", "kind")),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in WHOSE),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("reference", "name")),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("duty_groups", JSON, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("reminded_at", MOMENT, nullable=True),
        *_keys(MESSAGE, **WHOSE),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{MESSAGE}")),
        sa.UniqueConstraint("key", name=op.f(f"uq_{MESSAGE}_key")),
        sqlite_strict=True,
    )
    for column in ("taxpayer_id", "person_id"):
        op.create_index(op.f(f"ix_{MESSAGE}_{column}"), MESSAGE, [column])
    op.create_index(f"ix_{MESSAGE}_reminded_at", MESSAGE, ["reminded_at", "sent_at"])
    op.create_table(
        READING,
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("read_at", MOMENT, nullable=False),
        *_keys(READING, message_id=MESSAGE, person_id="person"),
        sa.PrimaryKeyConstraint("message_id", "person_id", name=op.f(f"pk_{READING}")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Take them away; their rows are set aside."""
    for table in (READING, MESSAGE):
        op.drop_table(table)


def _keys(table: str, **targets: str) -> Iterator[sa.ForeignKeyConstraint]:
    for column, target in targets.items():
        yield sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))
