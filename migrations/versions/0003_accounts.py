"""How people sign in to the two sites."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "officer_account",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fs_uniquifier", sa.Text(), nullable=False),
        sa.Column("fs_webauthn_user_handle", sa.Text(), nullable=False),
        sa.Column("tf_primary_method", sa.Text(), nullable=True),
        sa.Column("tf_totp_secret", sa.Text(), nullable=True),
        sa.Column("totp_counter", sa.BigInteger(), nullable=False),
        sa.Column("mf_recovery_codes", JSON, nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_officer_account_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer_account")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_officer_account_fs_uniquifier")),
        sa.UniqueConstraint(
            "fs_webauthn_user_handle", name=op.f("uq_officer_account_fs_webauthn_user_handle")
        ),
        sa.UniqueConstraint("person_id", name=op.f("uq_officer_account_person_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "taxpayer_account",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fs_uniquifier", sa.Text(), nullable=False),
        sa.Column("fs_webauthn_user_handle", sa.Text(), nullable=False),
        sa.Column("tf_primary_method", sa.Text(), nullable=True),
        sa.Column("tf_totp_secret", sa.Text(), nullable=True),
        sa.Column("totp_counter", sa.BigInteger(), nullable=False),
        sa.Column("mf_recovery_codes", JSON, nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_taxpayer_account_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taxpayer_account")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_taxpayer_account_fs_uniquifier")),
        sa.UniqueConstraint(
            "fs_webauthn_user_handle", name=op.f("uq_taxpayer_account_fs_webauthn_user_handle")
        ),
        sa.UniqueConstraint("person_id", name=op.f("uq_taxpayer_account_person_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "officer_passkey",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("backup_state", sa.Boolean(), nullable=False),
        sa.Column("device_type", sa.Text(), nullable=False),
        sa.Column("lastuse_datetime", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("usage", sa.Text(), nullable=False),
        sa.Column("transports", JSON, nullable=False),
        sa.Column("extensions", sa.Text(), nullable=True),
        sa.Column("create_datetime", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["officer_account.id"],
            name=op.f("fk_officer_passkey_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_officer_passkey_credential_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("officer_passkey", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_officer_passkey_user_id"), ["user_id"], unique=False)

    op.create_table(
        "officer_session",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["officer_account.id"],
            name=op.f("fk_officer_session_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer_session")),
        sa.UniqueConstraint("digest", name=op.f("uq_officer_session_digest")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("officer_session", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_officer_session_account_id"), ["account_id"], unique=False
        )

    op.create_table(
        "taxpayer_passkey",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("backup_state", sa.Boolean(), nullable=False),
        sa.Column("device_type", sa.Text(), nullable=False),
        sa.Column("lastuse_datetime", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("usage", sa.Text(), nullable=False),
        sa.Column("transports", JSON, nullable=False),
        sa.Column("extensions", sa.Text(), nullable=True),
        sa.Column("create_datetime", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["taxpayer_account.id"],
            name=op.f("fk_taxpayer_passkey_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taxpayer_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_taxpayer_passkey_credential_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("taxpayer_passkey", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_taxpayer_passkey_user_id"), ["user_id"], unique=False)

    op.create_table(
        "taxpayer_session",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["taxpayer_account.id"],
            name=op.f("fk_taxpayer_session_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taxpayer_session")),
        sa.UniqueConstraint("digest", name=op.f("uq_taxpayer_session_digest")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("taxpayer_session", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_taxpayer_session_account_id"), ["account_id"], unique=False
        )


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("taxpayer_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_taxpayer_session_account_id"))

    op.drop_table("taxpayer_session")
    with op.batch_alter_table("taxpayer_passkey", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_taxpayer_passkey_user_id"))

    op.drop_table("taxpayer_passkey")
    with op.batch_alter_table("officer_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_officer_session_account_id"))

    op.drop_table("officer_session")
    with op.batch_alter_table("officer_passkey", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_officer_passkey_user_id"))

    op.drop_table("officer_passkey")
    op.drop_table("taxpayer_account")
    op.drop_table("officer_account")
