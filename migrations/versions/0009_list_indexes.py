"""What lists are sorted by stands in an index, so that a long one opens like a short one."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ADDED = {
    "ix_registration_state_submitted_at": (
        "registration",
        ["state", "submitted_at", "id", "office_code"],
    ),
    "ix_registration_submitted_at": ("registration", ["submitted_at", "id", "office_code"]),
    "ix_bill_taxpayer_id_issued_at": ("bill", ["taxpayer_id", "issued_at", "id"]),
    "ix_payment_paid_at": ("payment", ["paid_at", "id"]),
    "ix_payment_state_paid_at": ("payment", ["state", "paid_at", "id"]),
    "ix_payment_bank_file_id": ("payment", ["bank_file_id"]),
    "ix_delivery_received_at": ("delivery", ["received_at", "id"]),
    "ix_assessment_changed_at": ("assessment", ["changed_at", "id"]),
    "ix_tax_return_registration_id_changed_at": (
        "tax_return",
        ["registration_id", "changed_at", "id", "state"],
    ),
    "ix_discrepancy_state": ("discrepancy", ["state", "registration_id", "potential_satang"]),
}
# One of the new ones serves as well: the officers' queue is read in its order, not sorted.
DROPPED = {
    "ix_registration_office_code": ("registration", ["office_code"]),
    "ix_bill_taxpayer_id": ("bill", ["taxpayer_id"]),
    "ix_tax_return_registration_id": ("tax_return", ["registration_id"]),
    "ix_receipt_taxpayer_id": ("receipt", ["taxpayer_id"]),
}
MAIN = sa.text("main_id IS NULL")


def upgrade() -> None:
    """Add the indexes, then drop those that they make needless."""
    for name, (table, columns) in ADDED.items():
        op.create_index(name, table, columns)
    op.create_index(
        "ix_receipt_taxpayer_id_issued_at",
        "receipt",
        ["taxpayer_id", "issued_at", "id"],
        sqlite_where=MAIN,
        postgresql_where=MAIN,
    )
    for name, (table, _columns) in DROPPED.items():
        op.drop_index(name, table)


def downgrade() -> None:
    """Put the old ones back."""
    for name, (table, columns) in DROPPED.items():
        op.create_index(name, table, columns)
    op.drop_index("ix_receipt_taxpayer_id_issued_at", "receipt")
    for name, (table, _columns) in reversed(ADDED.items()):
        op.drop_index(name, table)
