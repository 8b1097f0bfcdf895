"""Editions of the tariff; the program's own is the first, and in force."""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

STATES = ("draft", "proposed", "approved", "published", "replaced", "rejected")
# While it is drafted its text may change; who drafted it, and from what, never does.
FIXED = "number, base, submission_id, purpose, drafted_by, drafted_at"
BINDING = "text, digest, decided_by, decided_at"
BOUND = "OLD.state IN ('approved', 'published', 'replaced', 'rejected')"


def upgrade() -> None:
    """Create the table, guard it, and enter the edition that has taxed until now."""
    table = op.create_table(
        "tariff_edition",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drafted_by", sa.BigInteger(), nullable=True),
        sa.Column("base", sa.BigInteger(), nullable=True),
        sa.Column("submission_id", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="editionstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.BigInteger(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_tariff_edition_{column}"))
            for column, target in (
                ("base", "tariff_edition.number"),
                ("drafted_by", "officer.id"),
                ("decided_by", "officer.id"),
                ("published_by", "officer.id"),
            )
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_tariff_edition")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_tariff_edition_submission_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_tariff_edition_digest"), "tariff_edition", ["digest"])
    published = sa.text("state = 'published'")
    op.create_index(
        "uq_tariff_edition_published",
        "tariff_edition",
        ["state"],
        unique=True,
        sqlite_where=published,
        postgresql_where=published,
    )
    op.bulk_insert(table, [_first()])
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _sqlite() if sqlite else _postgresql():
        op.execute(statement)


def _first() -> dict[str, object]:
    text = files("excise.tariff").joinpath("first_edition.yaml").read_text(encoding="utf-8")
    now = datetime.now(UTC)
    return {
        "number": 1,
        "text": text,
        "digest": sha256(text.encode()).hexdigest(),
        "purpose": "ฉบับแรก มาพร้อมโปรแกรม",
        "state": "published",
        "note": "",
        "drafted_at": now,
        "changed_at": now,
        "published_at": now,
    }


def downgrade() -> None:
    """Take the table away; its guards go with it, the rows are set aside."""
    op.drop_table("tariff_edition")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_bound_edition()")


def _sqlite() -> Iterator[str]:
    on, refuse = (
        "ON tariff_edition",
        "BEGIN SELECT RAISE(ABORT, 'tariff_edition does not change'); END",
    )
    yield f"CREATE TRIGGER tariff_edition_no_delete BEFORE DELETE {on} {refuse}"
    yield f"CREATE TRIGGER tariff_edition_fixed BEFORE UPDATE OF {FIXED} {on} {refuse}"
    bound = f"{on} WHEN {BOUND} {refuse}"
    yield f"CREATE TRIGGER tariff_edition_bound BEFORE UPDATE OF {BINDING} {bound}"


def _postgresql() -> Iterator[str]:
    on, row = "ON tariff_edition", "FOR EACH ROW EXECUTE FUNCTION"
    yield (
        "CREATE FUNCTION refuse_bound_edition() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
        f" IF {BOUND} THEN RAISE EXCEPTION 'tariff_edition does not change'"
        " USING ERRCODE = '23514'; END IF; RETURN NEW; END$$"
    )
    yield f"CREATE TRIGGER tariff_edition_no_delete BEFORE DELETE {on} {row} refuse_change()"
    yield f"CREATE TRIGGER tariff_edition_fixed BEFORE UPDATE OF {FIXED} {on} {row} refuse_change()"
    yield (
        f"CREATE TRIGGER tariff_edition_bound BEFORE UPDATE OF {BINDING} {on}"
        f" {row} refuse_bound_edition()"
    )
    yield (
        f"CREATE TRIGGER tariff_edition_no_truncate BEFORE TRUNCATE {on}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
