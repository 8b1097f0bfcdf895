"""Deliveries of every layout, found by their months, and rows that a source corrects."""

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the layout, which for all that stand is that of VAT sales, and enter the months."""
    op.add_column(
        "delivery", sa.Column("layout", sa.Text(), nullable=False, server_default="vat_sales")
    )
    op.add_column(
        "delivery",
        sa.Column("replaced_count", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.create_table(
        "delivery_period",
        sa.Column("layout", sa.Text(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_delivery_period_delivery_id")
        ),
        sa.PrimaryKeyConstraint("layout", "period", "delivery_id", name="pk_delivery_period"),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_delivery_period_delivery_id"), "delivery_period", ["delivery_id"])
    _enter_months()


def downgrade() -> None:
    """Take them away; the months stand in the deliveries too."""
    op.drop_table("delivery_period")
    op.drop_column("delivery", "replaced_count")
    op.drop_column("delivery", "layout")


def _enter_months() -> None:
    delivery = sa.table(
        "delivery", sa.column("id"), sa.column("layout"), sa.column("periods", sa.JSON())
    )
    months = sa.table(
        "delivery_period",
        sa.column("layout"),
        sa.column("period", sa.Date()),
        sa.column("delivery_id"),
    )
    connection = op.get_bind()
    stood = connection.execute(sa.select(delivery)).all()
    if rows := [
        {"layout": one.layout, "period": date.fromisoformat(period), "delivery_id": one.id}
        for one in stood
        for period in one.periods
    ]:
        connection.execute(months.insert(), rows)
