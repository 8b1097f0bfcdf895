"""Deliveries of revenue data, runs and findings, discrepancies, assessments."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
APPEND_ONLY = ("discrepancy_event", "finding", "match_run")
FIXED_COLUMNS = {
    "assessment": "reference, discrepancy_id, registration_id, prepared_by",
    "delivery": "receipt_no, source_code, document_no, content_sha256, rows_sha256, received_at,"
    " received_by, row_count, accepted_count, amount_satang",
    "discrepancy": "reference, rule, taxpayer_id, period, product_code, found_at",
}
APPROVED = "SELECT id FROM assessment WHERE number IS NOT NULL"
# Once approved, an assessment says for ever what was approved.
BINDING = (
    "number, approved_by, approved_at, original_sha256, facts_hash, total_satang, period, due_on,"
    " computed_to, was_filed, remaining_pct, facts, law, discretion"
)


def upgrade() -> None:
    """Create the tables and guard what may only grow."""
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("receipt_no", sa.Text(), nullable=False),
        sa.Column("source_code", sa.Text(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("file", "soap", name="channel", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("rows_sha256", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.Text(), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("accepted_count", sa.BigInteger(), nullable=False),
        sa.Column("amount_satang", sa.BigInteger(), nullable=False),
        sa.Column("periods", JSON, nullable=False),
        sa.Column(
            "state",
            sa.Enum("landed", "read", name="deliverystate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("repeated_count", sa.BigInteger(), nullable=False),
        sa.Column("conflicting_count", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("accepted_count <= row_count", name=op.f("ck_delivery_counts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("receipt_no", name=op.f("uq_delivery_receipt_no")),
        sa.UniqueConstraint(
            "source_code", "document_no", name=op.f("uq_delivery_source_code_document_no")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "match_run",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("tax_id", sa.Text(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rules_sha256", sa.Text(), nullable=False),
        sa.Column("counts", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_run")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_match_run_period"), "match_run", ["period"], unique=False)

    op.create_table(
        "explanation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("return_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("product_code", sa.Text(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "timing",
                "credit-note",
                "exported",
                "exempt",
                "reduced",
                "damaged-or-lost",
                "unit-conversion",
                "other-permit",
                "source-error",
                "not-ours",
                "data-entry",
                "price-basis",
                "other",
                name="reason",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("declared", sa.BigInteger(), nullable=True),
        sa.Column("evidence", sa.BigInteger(), nullable=True),
        sa.Column("given_by", sa.BigInteger(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["given_by"], ["person.id"], name=op.f("fk_explanation_given_by")),
        sa.ForeignKeyConstraint(
            ["return_id"],
            ["tax_return.id"],
            name=op.f("fk_explanation_return_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_explanation")),
        sa.UniqueConstraint(
            "return_id",
            "rule",
            "product_code",
            name=op.f("uq_explanation_return_id_rule_product_code"),
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "finding",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("tax_id", sa.Text(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("product_code", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=True),
        sa.Column("product_id", sa.BigInteger(), nullable=True),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("declared", sa.BigInteger(), nullable=True),
        sa.Column("evidence", sa.BigInteger(), nullable=True),
        sa.Column("difference", sa.BigInteger(), nullable=False),
        sa.Column("tolerance", sa.BigInteger(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "matched",
                "within-tolerance",
                "under-declared",
                "over-declared",
                "period-shift",
                "missing-in-return",
                "missing-in-source",
                "identity-unresolved",
                "not-comparable",
                name="outcome",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_finding_product_id")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_finding_registration_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["match_run.id"], name=op.f("fk_finding_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sqlite_strict=True,
    )
    op.create_index("ix_finding_key", "finding", ["rule", "tax_id", "period"], unique=False)
    op.create_index(op.f("ix_finding_run_id"), "finding", ["run_id"], unique=False)

    op.create_table(
        "discrepancy",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("taxpayer_id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("product_code", sa.Text(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=True),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("declared", sa.BigInteger(), nullable=True),
        sa.Column("evidence", sa.BigInteger(), nullable=True),
        sa.Column("difference", sa.BigInteger(), nullable=False),
        sa.Column("tolerance", sa.BigInteger(), nullable=False),
        sa.Column("potential_satang", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "explained",
                "under-review",
                "suppressed",
                "assessed",
                "closed",
                name="discrepancystate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("officer_id", sa.BigInteger(), nullable=True),
        sa.Column("explanation_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["explanation_id"], ["explanation.id"], name=op.f("fk_discrepancy_explanation_id")
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officer.id"], name=op.f("fk_discrepancy_officer_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_discrepancy_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_discrepancy_registration_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["match_run.id"], name=op.f("fk_discrepancy_run_id")),
        sa.ForeignKeyConstraint(
            ["taxpayer_id"], ["taxpayer.id"], name=op.f("fk_discrepancy_taxpayer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discrepancy")),
        sa.UniqueConstraint("reference", name=op.f("uq_discrepancy_reference")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_discrepancy_registration_id"), "discrepancy", ["registration_id"], unique=False
    )
    op.create_index(
        op.f("ix_discrepancy_taxpayer_id"), "discrepancy", ["taxpayer_id"], unique=False
    )
    op.create_index(
        "uq_discrepancy_open",
        "discrepancy",
        ["rule", "taxpayer_id", "period", "product_code"],
        unique=True,
        sqlite_where=sa.text("state in ('queued', 'explained', 'under-review')"),
        postgresql_where=sa.text("state in ('queued', 'explained', 'under-review')"),
    )

    op.create_table(
        "assessment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("discrepancy_id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("computed_to", sa.Date(), nullable=False),
        sa.Column("was_filed", sa.Boolean(), nullable=False),
        sa.Column("remaining_pct", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("law", sa.Text(), nullable=False),
        sa.Column("discretion", sa.Text(), nullable=False),
        sa.Column("prepared_by", sa.BigInteger(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "proposed",
                "approved",
                "served",
                "withdrawn",
                name="assessmentstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("return_note", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("approved_by", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("original_sha256", sa.Text(), nullable=True),
        sa.Column("facts_hash", sa.Text(), nullable=True),
        sa.Column("total_satang", sa.BigInteger(), nullable=False),
        sa.Column("served_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["officer.id"], name=op.f("fk_assessment_approved_by")
        ),
        sa.ForeignKeyConstraint(
            ["discrepancy_id"], ["discrepancy.id"], name=op.f("fk_assessment_discrepancy_id")
        ),
        sa.ForeignKeyConstraint(
            ["original_sha256"], ["original.sha256"], name=op.f("fk_assessment_original_sha256")
        ),
        sa.ForeignKeyConstraint(
            ["prepared_by"], ["officer.id"], name=op.f("fk_assessment_prepared_by")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_assessment_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
        sa.UniqueConstraint("number", name=op.f("uq_assessment_number")),
        sa.UniqueConstraint("reference", name=op.f("uq_assessment_reference")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_assessment_submission_id")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_assessment_discrepancy_id"), "assessment", ["discrepancy_id"], unique=False
    )
    op.create_index(
        op.f("ix_assessment_registration_id"), "assessment", ["registration_id"], unique=False
    )

    op.create_table(
        "discrepancy_event",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("discrepancy_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["discrepancy_id"], ["discrepancy.id"], name=op.f("fk_discrepancy_event_discrepancy_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discrepancy_event")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_discrepancy_event_discrepancy_id"),
        "discrepancy_event",
        ["discrepancy_id"],
        unique=False,
    )

    op.create_table(
        "assessment_line",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("assessment_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("tax_point_on", sa.Date(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("receipts_satang", sa.BigInteger(), nullable=True),
        sa.Column("measures", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_assessment_line_assessment_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_assessment_line_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_line")),
        sa.UniqueConstraint(
            "assessment_id", "position", name=op.f("uq_assessment_line_assessment_id_position")
        ),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_assessment_line_assessment_id"), "assessment_line", ["assessment_id"], unique=False
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _sqlite() if sqlite else _postgresql():
        op.execute(statement)


def downgrade() -> None:
    """Drop them again; their triggers go with them."""
    op.drop_index(op.f("ix_assessment_line_assessment_id"), table_name="assessment_line")

    op.drop_table("assessment_line")
    op.drop_index(op.f("ix_discrepancy_event_discrepancy_id"), table_name="discrepancy_event")

    op.drop_table("discrepancy_event")
    op.drop_index(op.f("ix_assessment_registration_id"), table_name="assessment")
    op.drop_index(op.f("ix_assessment_discrepancy_id"), table_name="assessment")

    op.drop_table("assessment")
    op.drop_index("uq_discrepancy_open", table_name="discrepancy")
    op.drop_index(op.f("ix_discrepancy_taxpayer_id"), table_name="discrepancy")
    op.drop_index(op.f("ix_discrepancy_registration_id"), table_name="discrepancy")

    op.drop_table("discrepancy")
    op.drop_index(op.f("ix_finding_run_id"), table_name="finding")
    op.drop_index("ix_finding_key", table_name="finding")

    op.drop_table("finding")
    op.drop_table("explanation")
    op.drop_index(op.f("ix_match_run_period"), table_name="match_run")

    op.drop_table("match_run")
    op.drop_table("delivery")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_approved() CASCADE")
        op.execute("DROP FUNCTION refuse_approved_line() CASCADE")


def _sqlite() -> Iterator[str]:
    refuse = "BEGIN SELECT RAISE(ABORT, '{} does not change'); END"
    for table in (*APPEND_ONLY, *FIXED_COLUMNS):
        columns = FIXED_COLUMNS.get(table)
        end = f"ON {table} {refuse.format(table)}"
        what = f"UPDATE OF {columns}" if columns else "UPDATE"
        yield f"CREATE TRIGGER {table}_fixed BEFORE {what} {end}"
        yield f"CREATE TRIGGER {table}_no_delete BEFORE DELETE {end}"
    bound = f"WHEN OLD.number IS NOT NULL {refuse.format('assessment')}"
    yield f"CREATE TRIGGER assessment_bound BEFORE UPDATE OF {BINDING} ON assessment {bound}"
    for verb, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
        approved = f"{row}.assessment_id IN ({APPROVED})"
        line = f"WHEN {approved} {refuse.format('assessment_line')}"
        yield f"CREATE TRIGGER assessment_line_no_{verb} BEFORE {verb} ON assessment_line {line}"


def _function(name: str, body: str) -> str:
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {body} END$$"


def _postgresql() -> Iterator[str]:
    row = "FOR EACH ROW EXECUTE FUNCTION"
    for table in (*APPEND_ONLY, *FIXED_COLUMNS):
        columns = FIXED_COLUMNS.get(table)
        what = f"UPDATE OF {columns}" if columns else "UPDATE"
        yield f"CREATE TRIGGER {table}_fixed BEFORE {what} ON {table} {row} refuse_change()"
        yield f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {row} refuse_change()"
    for table in (*APPEND_ONLY, *FIXED_COLUMNS, "assessment_line"):
        yield (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    refuse = "RAISE EXCEPTION '% does not change', TG_TABLE_NAME USING ERRCODE = '23514';"
    yield _function(
        "refuse_approved", f"IF OLD.number IS NOT NULL THEN {refuse} END IF; RETURN NEW;"
    )
    of_line = "CASE WHEN TG_OP = 'INSERT' THEN NEW.assessment_id ELSE OLD.assessment_id END"
    parent = f"({of_line}) IN ({APPROVED})"
    keep = "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;"
    yield _function("refuse_approved_line", f"IF {parent} THEN {refuse} END IF; {keep}")
    bound = f"BEFORE UPDATE OF {BINDING} ON assessment {row} refuse_approved()"
    yield f"CREATE TRIGGER assessment_bound {bound}"
    every = "BEFORE INSERT OR UPDATE OR DELETE ON assessment_line"
    yield f"CREATE TRIGGER assessment_line_bound {every} {row} refuse_approved_line()"
