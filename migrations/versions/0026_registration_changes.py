"""Changes of registrations, their steps, and the documents of applications."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)
CHANGE, STEP, FILE = "registration_change", "registration_change_step", "registration_file"
UNDECIDED = sa.text("state in ('submitted', 'returned')")


def upgrade() -> None:
    """Add the last day of a registration, and create the three tables."""
    op.add_column("registration", sa.Column("closes_on", sa.Date(), nullable=True))
    op.create_table(
        CHANGE,
        sa.Column("id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("reference", "submission_id")),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        _choice("kind", "changekind"),
        sa.Column("applicant_id", sa.BigInteger(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("submitted_at", MOMENT, nullable=False),
        _choice("state", "registrationstate"),
        *(sa.Column(name, JSON, nullable=False) for name in ("entries", "objections", "before")),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("in_effect_since", MOMENT, nullable=True),
        *_keys(CHANGE, registration_id="registration", applicant_id="person"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{CHANGE}")),
        *(
            sa.UniqueConstraint(name, name=op.f(f"uq_{CHANGE}_{name}"))
            for name in ("reference", "submission_id")
        ),
        sqlite_strict=True,
    )
    op.create_index(op.f(f"ix_{CHANGE}_registration_id"), CHANGE, ["registration_id"])
    op.create_index(f"ix_{CHANGE}_state", CHANGE, ["state", "submitted_at", "id"])
    op.create_index(
        f"uq_{CHANGE}_undecided",
        CHANGE,
        ["registration_id", "kind"],
        unique=True,
        sqlite_where=UNDECIDED,
        postgresql_where=UNDECIDED,
    )
    op.create_table(
        STEP,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("change_id", sa.BigInteger(), nullable=False),
        _choice("state", "registrationstate"),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        *_keys(STEP, change_id=CHANGE),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{STEP}")),
        sqlite_strict=True,
    )
    op.create_index(op.f(f"ix_{STEP}_change_id"), STEP, ["change_id"])
    _files()


def _files() -> None:
    op.create_table(
        FILE,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("change_id", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "media_type", "sha256")),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("added_by", sa.BigInteger(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        *_keys(FILE, registration_id="registration", change_id=CHANGE, added_by="person"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{FILE}")),
        sqlite_strict=True,
    )
    for column in ("registration_id", "change_id"):
        op.create_index(op.f(f"ix_{FILE}_{column}"), FILE, [column])
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _sqlite() if sqlite else _postgresql():
        op.execute(statement)


def downgrade() -> None:
    """Take it all away; the rows and last days are set aside."""
    for table in (FILE, STEP, CHANGE):
        op.drop_table(table)
    op.drop_column("registration", "closes_on")


def _choice(name: str, kind: str) -> sa.Column[str]:
    return sa.Column(name, sa.Enum(name=kind, native_enum=False, length=32), nullable=False)


def _keys(table: str, **targets: str) -> Iterator[sa.ForeignKeyConstraint]:
    for column, target in targets.items():
        yield sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def _sqlite() -> Iterator[str]:
    for deed in ("update", "delete"):
        yield (
            f"CREATE TRIGGER {FILE}_no_{deed} BEFORE {deed.upper()} ON {FILE}"
            f" BEGIN SELECT RAISE(ABORT, '{FILE} does not change'); END"
        )


def _postgresql() -> Iterator[str]:
    for deed, each in (("update", "ROW"), ("delete", "ROW"), ("truncate", "STATEMENT")):
        yield (
            f"CREATE TRIGGER {FILE}_no_{deed} BEFORE {deed.upper()} ON {FILE}"
            f" FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )
