"""The first tables of the domain."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "audit_entry",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_entry")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_actor"), ["actor"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_subject"), ["subject"], unique=False)

    op.create_table(
        "audit_head",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
        sqlite_strict=True,
    )
    op.create_table(
        "bank_file",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("total_satang", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_file")),
        sa.UniqueConstraint("sha256", name=op.f("uq_bank_file_sha256")),
        sqlite_strict=True,
    )
    op.create_table(
        "document",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("number", name=op.f("uq_document_number")),
        sqlite_strict=True,
    )
    op.create_table(
        "office",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("address_th", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_code"], ["office.code"], name=op.f("fk_office_parent_code")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_office")),
        sqlite_strict=True,
    )
    op.create_table(
        "original",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_original")),
        sqlite_strict=True,
    )
    op.create_table(
        "person",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
        sqlite_strict=True,
    )
    op.create_table(
        "series",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_series")),
        sqlite_strict=True,
    )
    op.create_table(
        "taxpayer",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("tax_id", sa.Text(), nullable=False),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taxpayer")),
        sa.UniqueConstraint("tax_id", name=op.f("uq_taxpayer_tax_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "zero",
        sa.Column("value", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("value = 0", name=op.f("ck_zero_is_zero")),
        sa.PrimaryKeyConstraint("value", name=op.f("pk_zero")),
        sqlite_strict=True,
    )
    op.create_table(
        "bill",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("taxpayer_id", sa.BigInteger(), nullable=False),
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("ref1", sa.Text(), nullable=False),
        sa.Column("ref2", sa.Text(), nullable=False),
        sa.Column("amount_satang", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("particulars", JSON, nullable=False),
        sa.CheckConstraint("amount_satang > 0", name=op.f("ck_bill_positive")),
        sa.ForeignKeyConstraint(["office_code"], ["office.code"], name=op.f("fk_bill_office_code")),
        sa.ForeignKeyConstraint(["taxpayer_id"], ["taxpayer.id"], name=op.f("fk_bill_taxpayer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill")),
        sa.UniqueConstraint("cause", name=op.f("uq_bill_cause")),
        sa.UniqueConstraint("ref1", name=op.f("uq_bill_ref1")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("bill", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bill_taxpayer_id"), ["taxpayer_id"], unique=False)

    op.create_table(
        "delegation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("taxpayer_id", sa.BigInteger(), nullable=False),
        sa.Column("rights", JSON, nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by", sa.BigInteger(), nullable=False),
        sa.Column("duty_groups", JSON, nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["granted_by"], ["person.id"], name=op.f("fk_delegation_granted_by")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_delegation_person_id")),
        sa.ForeignKeyConstraint(
            ["taxpayer_id"], ["taxpayer.id"], name=op.f("fk_delegation_taxpayer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("delegation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delegation_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_delegation_taxpayer_id"), ["taxpayer_id"], unique=False
        )

    op.create_table(
        "entry",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imbalance", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["imbalance"],
            ["zero.value"],
            name=op.f("fk_entry_imbalance"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        sa.UniqueConstraint("cause", name=op.f("uq_entry_cause")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entry_posted_on"), ["posted_on"], unique=False)

    op.create_table(
        "officer",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("position_th", sa.Text(), nullable=False),
        sa.Column("roles", JSON, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["office_code"], ["office.code"], name=op.f("fk_officer_office_code")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_officer_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer")),
        sa.UniqueConstraint("person_id", name=op.f("uq_officer_person_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "registration",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("taxpayer_id", sa.BigInteger(), nullable=False),
        sa.Column("applicant_id", sa.BigInteger(), nullable=False),
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column(
            "establishment_type",
            sa.Enum("1", "2", "3", name="establishmenttype", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("province", sa.Text(), nullable=False),
        sa.Column("postcode", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("duty_groups", JSON, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "submitted",
                "returned",
                "approved",
                "rejected",
                name="registrationstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("objections", JSON, nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["applicant_id"], ["person.id"], name=op.f("fk_registration_applicant_id")
        ),
        sa.ForeignKeyConstraint(
            ["office_code"], ["office.code"], name=op.f("fk_registration_office_code")
        ),
        sa.ForeignKeyConstraint(
            ["taxpayer_id"], ["taxpayer.id"], name=op.f("fk_registration_taxpayer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
        sa.UniqueConstraint("number", name=op.f("uq_registration_number")),
        sa.UniqueConstraint("reference", name=op.f("uq_registration_reference")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_registration_submission_id")),
        sa.UniqueConstraint(
            "taxpayer_id",
            "establishment_type",
            "sequence",
            name=op.f("uq_registration_taxpayer_id_establishment_type_sequence"),
        ),
        sqlite_strict=True,
    )
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_registration_applicant_id"), ["applicant_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_registration_office_code"), ["office_code"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_registration_taxpayer_id"), ["taxpayer_id"], unique=False
        )

    op.create_table(
        "guarantee",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("amount_satang", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_guarantee_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guarantee")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("guarantee", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_guarantee_registration_id"), ["registration_id"], unique=False
        )

    op.create_table(
        "payment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("bank_code", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.Text(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount_satang", sa.BigInteger(), nullable=False),
        sa.Column("ref1", sa.Text(), nullable=False),
        sa.Column("ref2", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum("allocated", "unallocated", name="paymentstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("bill_id", sa.BigInteger(), nullable=True),
        sa.Column("bank_file_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("amount_satang > 0", name=op.f("ck_payment_positive")),
        sa.ForeignKeyConstraint(
            ["bank_file_id"], ["bank_file.id"], name=op.f("fk_payment_bank_file_id")
        ),
        sa.ForeignKeyConstraint(["bill_id"], ["bill.id"], name=op.f("fk_payment_bill_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint(
            "bank_code", "transaction_id", name=op.f("uq_payment_bank_code_transaction_id")
        ),
        sqlite_strict=True,
    )
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_bill_id"), ["bill_id"], unique=False)

    op.create_table(
        "posting",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "account",
            sa.Enum(
                "bank",
                "receivable",
                "unallocated",
                "revenue-excise",
                "revenue-penalty",
                "revenue-surcharge",
                "payable-local",
                "payable-fund",
                name="account",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_satang", sa.BigInteger(), nullable=False),
        sa.Column("taxpayer_id", sa.BigInteger(), nullable=True),
        sa.Column("part", sa.Text(), nullable=False),
        sa.CheckConstraint("amount_satang <> 0", name=op.f("ck_posting_amount_not_zero")),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_posting_entry_id")),
        sa.ForeignKeyConstraint(
            ["taxpayer_id"], ["taxpayer.id"], name=op.f("fk_posting_taxpayer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("posting", schema=None) as batch_op:
        batch_op.create_index("ix_posting_account", ["account"], unique=False)
        batch_op.create_index(batch_op.f("ix_posting_entry_id"), ["entry_id"], unique=False)
        batch_op.create_index(
            "ix_posting_taxpayer_account", ["taxpayer_id", "account"], unique=False
        )

    op.create_table(
        "product",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("size", sa.Text(), nullable=False),
        sa.Column("gtin", sa.Text(), nullable=True),
        sa.Column("measures", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_product_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint(
            "registration_id", "gtin", name=op.f("uq_product_registration_id_gtin")
        ),
        sa.UniqueConstraint("submission_id", name=op.f("uq_product_submission_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_product_registration_id"), ["registration_id"], unique=False
        )

    op.create_table(
        "registration_step",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "submitted",
                "returned",
                "approved",
                "rejected",
                name="registrationstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_registration_step_registration_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_step")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("registration_step", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_registration_step_registration_id"), ["registration_id"], unique=False
        )

    op.create_table(
        "tax_return",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("draft_reference", sa.Text(), nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "form",
            sa.Enum("0307", "0308", name="form", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "basis",
            sa.Enum("removal", "month", name="basis", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removal_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "filed", name="returnstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("lines_done", sa.Boolean(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("filed_by", sa.BigInteger(), nullable=True),
        sa.Column("total_satang", sa.BigInteger(), nullable=False),
        sa.Column("original_sha256", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["person.id"], name=op.f("fk_tax_return_created_by")
        ),
        sa.ForeignKeyConstraint(["filed_by"], ["person.id"], name=op.f("fk_tax_return_filed_by")),
        sa.ForeignKeyConstraint(
            ["original_sha256"], ["original.sha256"], name=op.f("fk_tax_return_original_sha256")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_tax_return_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_return")),
        sa.UniqueConstraint("draft_reference", name=op.f("uq_tax_return_draft_reference")),
        sa.UniqueConstraint("reference", name=op.f("uq_tax_return_reference")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_tax_return_submission_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("tax_return", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_tax_return_registration_id"), ["registration_id"], unique=False
        )
        batch_op.create_index(
            "uq_tax_return_draft_month",
            ["registration_id", "form", "period", "version"],
            unique=True,
            sqlite_where=sa.text("basis = 'month' and state = 'draft'"),
            postgresql_where=sa.text("basis = 'month' and state = 'draft'"),
        )
        batch_op.create_index(
            "uq_tax_return_filed_month",
            ["registration_id", "form", "period", "version"],
            unique=True,
            sqlite_where=sa.text("basis = 'month' and state = 'filed'"),
            postgresql_where=sa.text("basis = 'month' and state = 'filed'"),
        )

    op.create_table(
        "price",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("retail_incl_vat_satang", sa.BigInteger(), nullable=False),
        sa.Column("srp_ex_vat_satang", sa.BigInteger(), nullable=False),
        sa.Column("notified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("notified_by", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("srp_ex_vat_satang > 0", name=op.f("ck_price_positive")),
        sa.ForeignKeyConstraint(["notified_by"], ["person.id"], name=op.f("fk_price_notified_by")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_price_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price")),
        sa.UniqueConstraint(
            "product_id", "effective_from", name=op.f("uq_price_product_id_effective_from")
        ),
        sa.UniqueConstraint("reference", name=op.f("uq_price_reference")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_price_submission_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("price", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_price_product_id"), ["product_id"], unique=False)

    op.create_table(
        "receipt",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("tax", "fund", name="receiptkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("fund_code", sa.Text(), nullable=False),
        sa.Column("taxpayer_id", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_satang", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("facts_hash", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("main_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["main_id"], ["receipt.id"], name=op.f("fk_receipt_main_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_receipt_payment_id")),
        sa.ForeignKeyConstraint(
            ["taxpayer_id"], ["taxpayer.id"], name=op.f("fk_receipt_taxpayer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("number", name=op.f("uq_receipt_number")),
        sa.UniqueConstraint(
            "payment_id", "fund_code", name=op.f("uq_receipt_payment_id_fund_code")
        ),
        sa.UniqueConstraint("series", "previous", name=op.f("uq_receipt_series_previous")),
        sa.UniqueConstraint("series", "sequence", name=op.f("uq_receipt_series_sequence")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_receipt_main_id"), ["main_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_receipt_taxpayer_id"), ["taxpayer_id"], unique=False)

    op.create_table(
        "return_line",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("return_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("tax_point_on", sa.Date(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("receipts_satang", sa.BigInteger(), nullable=True),
        sa.Column("measures", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_return_line_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["return_id"], ["tax_return.id"], name=op.f("fk_return_line_return_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_line")),
        sa.UniqueConstraint(
            "return_id", "position", name=op.f("uq_return_line_return_id_position")
        ),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("return_line")
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_receipt_taxpayer_id"))
        batch_op.drop_index(batch_op.f("ix_receipt_main_id"))

    op.drop_table("receipt")
    with op.batch_alter_table("price", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_price_product_id"))

    op.drop_table("price")
    with op.batch_alter_table("tax_return", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_tax_return_filed_month",
            sqlite_where=sa.text("basis = 'month' and state = 'filed'"),
            postgresql_where=sa.text("basis = 'month' and state = 'filed'"),
        )
        batch_op.drop_index(
            "uq_tax_return_draft_month",
            sqlite_where=sa.text("basis = 'month' and state = 'draft'"),
            postgresql_where=sa.text("basis = 'month' and state = 'draft'"),
        )
        batch_op.drop_index(batch_op.f("ix_tax_return_registration_id"))

    op.drop_table("tax_return")
    with op.batch_alter_table("registration_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_registration_step_registration_id"))

    op.drop_table("registration_step")
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_product_registration_id"))

    op.drop_table("product")
    with op.batch_alter_table("posting", schema=None) as batch_op:
        batch_op.drop_index("ix_posting_taxpayer_account")
        batch_op.drop_index(batch_op.f("ix_posting_entry_id"))
        batch_op.drop_index("ix_posting_account")

    op.drop_table("posting")
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payment_bill_id"))

    op.drop_table("payment")
    with op.batch_alter_table("guarantee", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_guarantee_registration_id"))

    op.drop_table("guarantee")
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_registration_taxpayer_id"))
        batch_op.drop_index(batch_op.f("ix_registration_office_code"))
        batch_op.drop_index(batch_op.f("ix_registration_applicant_id"))

    op.drop_table("registration")
    op.drop_table("officer")
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_entry_posted_on"))

    op.drop_table("entry")
    with op.batch_alter_table("delegation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delegation_taxpayer_id"))
        batch_op.drop_index(batch_op.f("ix_delegation_person_id"))

    op.drop_table("delegation")
    with op.batch_alter_table("bill", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bill_taxpayer_id"))

    op.drop_table("bill")
    op.drop_table("zero")
    op.drop_table("taxpayer")
    op.drop_table("series")
    op.drop_table("person")
    op.drop_table("original")
    op.drop_table("office")
    op.drop_table("document")
    op.drop_table("bank_file")
    op.drop_table("audit_head")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entry_subject"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_at"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_actor"))

    op.drop_table("audit_entry")
