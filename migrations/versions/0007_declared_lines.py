"""What filed returns declare, line by line, in figures that can be added up.

Returns filed before this step have theirs read from their originals.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table and fill it from the originals."""
    op.create_table(
        "declared_line",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("return_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("tax_point_on", sa.Date(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("value_satang", sa.BigInteger(), nullable=True),
        sa.Column("excise_satang", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_declared_line_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_declared_line_registration_id")
        ),
        sa.ForeignKeyConstraint(
            ["return_id"], ["tax_return.id"], name=op.f("fk_declared_line_return_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declared_line")),
        sa.UniqueConstraint(
            "return_id", "position", name=op.f("uq_declared_line_return_id_position")
        ),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_declared_line_period_registration_id",
        "declared_line",
        ["period", "registration_id"],
        unique=False,
    )
    _fill()
    for statement in _guards(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Drop it: the originals still say everything."""
    op.drop_table("declared_line")


def _fill() -> None:
    connection = op.get_bind()
    filed = sa.text(
        "SELECT r.id, r.registration_id, r.period, o.content"
        " FROM tax_return r JOIN original o ON o.sha256 = r.original_sha256"
    )
    insert = sa.text(
        "INSERT INTO declared_line (return_id, position, registration_id, period, product_id,"
        " tax_point_on, units, value_satang, excise_satang) SELECT :return_id, l.position,"
        " :registration_id, :period, l.product_id, l.tax_point_on, l.units, :value, :excise"
        " FROM return_line l WHERE l.return_id = :return_id AND l.position = :position"
    )
    for return_id, registration_id, period, content in connection.execute(filed).all():
        told = json.loads(content)
        for line, trace in zip(told["lines"], told["tax"]["lines"], strict=True):
            steps = {step["name"]: step["satang"] for step in trace["steps"]}
            receipts = line["receipts_satang"]
            connection.execute(
                insert,
                {
                    "return_id": return_id,
                    "registration_id": registration_id,
                    "period": period,
                    "position": line["position"],
                    "value": steps.get("goods_value") if receipts is None else receipts,
                    "excise": steps["excise"],
                },
            )


def _guards(dialect: str) -> list[str]:
    if dialect == "sqlite":
        refuse = "BEGIN SELECT RAISE(ABORT, 'declared_line does not change'); END"
        return [
            f"CREATE TRIGGER declared_line_no_{verb} BEFORE {verb} ON declared_line {refuse}"
            for verb in ("UPDATE", "DELETE")
        ]
    fixed = "CREATE TRIGGER declared_line_fixed BEFORE UPDATE OR DELETE ON declared_line"
    no_truncate = "CREATE TRIGGER declared_line_no_truncate BEFORE TRUNCATE ON declared_line"
    return [
        f"{fixed} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        f"{no_truncate} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    ]
