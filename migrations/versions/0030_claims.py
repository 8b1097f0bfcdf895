"""Claims for refund and reduction, and how much of what was paid they use up."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

STATES = ("sent", "examined", "approved", "paid", "refused", "withdrawn")
LIVE = sa.text("kind = '0501' AND state NOT IN ('refused', 'withdrawn')")


def upgrade() -> None:
    """Create the tables; lines, files and steps of a claim may only be added."""
    op.create_table(
        "paid_quantity",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("return_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("tax_point_on", sa.Date(), nullable=False),
        *_numbers("units", "excise_satang", "used_units", "used_satang"),
        sa.CheckConstraint("used_units BETWEEN 0 AND units", name=op.f("ck_paid_quantity_units")),
        sa.CheckConstraint(
            "used_satang BETWEEN 0 AND excise_satang", name=op.f("ck_paid_quantity_satang")
        ),
        *_keys("paid_quantity", return_id="tax_return", product_id="product"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paid_quantity")),
        sa.UniqueConstraint(
            "return_id",
            "product_id",
            "tax_point_on",
            name=op.f("uq_paid_quantity_return_id_product_id_tax_point_on"),
        ),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_paid_quantity_product_id"), "paid_quantity", ["product_id"])
    op.create_table(
        "claim",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("0501", "0503", name="claimkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("declaration_no", sa.Text(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("payee", sa.Text(), nullable=False),
        sa.Column("sent_by", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        *_numbers("excise_satang", "local_satang"),
        sa.Column("state", _state(), nullable=False),
        sa.Column("proposes", sa.Boolean(), nullable=True),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("examined_by", sa.BigInteger(), nullable=True),
        sa.Column("examined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        *_numbers("interest_satang"),
        sa.Column("bank_code", sa.Text(), nullable=True),
        sa.Column("transfer_no", sa.Text(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("paid_by", sa.BigInteger(), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        *_keys(
            "claim",
            registration_id="registration",
            sent_by="person",
            examined_by="officer",
            decided_by="officer",
            paid_by="officer",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
        sa.UniqueConstraint("reference", name=op.f("uq_claim_reference")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_claim_submission_id")),
        sa.UniqueConstraint(
            "bank_code", "transfer_no", name=op.f("uq_claim_bank_code_transfer_no")
        ),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_claim_registration_id"), "claim", ["registration_id"])
    op.create_index("ix_claim_state_sent_at", "claim", ["state", "sent_at", "id"])
    op.create_index(
        "uq_claim_declaration",
        "claim",
        ["declaration_no"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_table(
        "claim_line",
        sa.Column("id", sa.BigInteger(), nullable=False),
        *_numbers("claim_id", "paid_quantity_id", "position"),
        sa.Column("receipt_no", sa.Text(), nullable=False),
        *_numbers("units", "excise_satang"),
        sa.CheckConstraint("units > 0", name=op.f("ck_claim_line_positive")),
        *_keys("claim_line", claim_id="claim", paid_quantity_id="paid_quantity"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_line")),
        sa.UniqueConstraint("claim_id", "position", name=op.f("uq_claim_line_claim_id_position")),
        sa.UniqueConstraint(
            "claim_id", "paid_quantity_id", name=op.f("uq_claim_line_claim_id_paid_quantity_id")
        ),
        sqlite_strict=True,
    )
    for column in ("paid_quantity_id", "receipt_no"):
        op.create_index(op.f(f"ix_claim_line_{column}"), "claim_line", [column])
    op.create_table(
        "claim_file",
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "media_type", "sha256")),
        *_numbers("size_bytes"),
        *_keys("claim_file", claim_id="claim"),
        sa.PrimaryKeyConstraint("claim_id", "position", name=op.f("pk_claim_file")),
        sqlite_strict=True,
    )
    op.create_table(
        "claim_event",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column("state", _state(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        *_keys("claim_event", claim_id="claim"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_event")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_claim_event_claim_id"), "claim_event", ["claim_id"])
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _sqlite() if sqlite else _postgresql():
        op.execute(statement)


def downgrade() -> None:
    """Take the tables away; the guards go with them, the rows are set aside."""
    for table in ("claim_event", "claim_file", "claim_line", "claim", "paid_quantity"):
        op.drop_table(table)


def _state() -> sa.Enum:
    return sa.Enum(*STATES, name="claimstate", native_enum=False, length=32)


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _keys(table: str, **targets: str) -> Iterator[sa.ForeignKeyConstraint]:
    for column, target in targets.items():
        yield sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


GUARDED = ("claim_line", "claim_file", "claim_event")


def _sqlite() -> Iterator[str]:
    for table in GUARDED:
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} does not change'); END"
        for verb in ("update", "delete"):
            yield f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} {refuse}"


def _postgresql() -> Iterator[str]:
    for table in GUARDED:
        for verb in ("update", "delete", "truncate"):
            each = "STATEMENT" if verb == "truncate" else "ROW"
            yield (
                f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}"
                f" FOR EACH {each} EXECUTE FUNCTION refuse_change()"
            )
