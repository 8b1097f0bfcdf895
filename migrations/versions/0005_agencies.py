"""Agencies, the log of their messages, the tokens they used; the log may only grow."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Create the tables, then guard the log."""
    op.create_table(
        "agency",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("rights", JSON, nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_password", sa.Text(), nullable=False),
        sa.Column("certificate_sha256", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_agency")),
        sa.UniqueConstraint("certificate_sha256", name=op.f("uq_agency_certificate_sha256")),
        sa.UniqueConstraint("user_name", name=op.f("uq_agency_user_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "seen_token",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_seen_token")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_seen_token_until"), "seen_token", ["until"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("agency_code", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("request_sha256", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("server_message_id", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("accepted", "rejected", name="messagestate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("response", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_code"], ["agency.code"], name=op.f("fk_message_agency_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "agency_code",
            "operation",
            "message_id",
            name=op.f("uq_message_agency_code_operation_message_id"),
        ),
        sa.UniqueConstraint("server_message_id", name=op.f("uq_message_server_message_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_message_received_at"), "message", ["received_at"], unique=False)
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _sqlite() if sqlite else _postgresql():
        op.execute(statement)


def downgrade() -> None:
    """Drop them; the triggers go with their table."""
    op.drop_table("message")
    op.drop_table("seen_token")
    op.drop_table("agency")


def _sqlite() -> Iterator[str]:
    for verb in ("UPDATE", "DELETE"):
        yield (
            f"CREATE TRIGGER message_no_{verb.lower()} BEFORE {verb} ON message"
            " BEGIN SELECT RAISE(ABORT, 'message does not change'); END"
        )


def _postgresql() -> Iterator[str]:
    for verb, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        yield (
            f"CREATE TRIGGER message_no_{verb.lower()} BEFORE {verb} ON message"
            f" FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )
