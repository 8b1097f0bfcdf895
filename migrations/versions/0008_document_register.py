"""Enter the documents that are there already in the audit log, as new ones are from now on."""

import hashlib
from datetime import UTC, datetime

import rfc8785
import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

GENESIS = "0" * 64
ENTRY = sa.text(
    "INSERT INTO audit_entry (seq, at, actor, act, subject, body, hash)"
    " SELECT :seq, made_at, 'system', 'document.register', :subject, :body, :hash"
    " FROM document WHERE number = :number"
)


def upgrade() -> None:
    """Add an entry for each document that has none, in the order they were made."""
    connection = op.get_bind()
    head = connection.execute(sa.text("SELECT seq, hash FROM audit_head")).one_or_none()
    seq, previous = head or (0, GENESIS)
    for row in connection.execute(_unregistered()).all():
        seq += 1
        subject = f"document:{row.number}"
        facts = {"kind": row.kind, "sha256": row.sha256, "size_bytes": row.size_bytes}
        body = rfc8785.dumps(
            {
                "seq": seq,
                "at": _in_utc(row.made_at).isoformat(),
                "actor": "system",
                "act": "document.register",
                "subject": subject,
                "facts": facts,
                "previous": previous,
            }
        )
        previous = hashlib.sha256(body).hexdigest()
        entry = {"seq": seq, "subject": subject, "body": body.decode(), "hash": previous}
        connection.execute(ENTRY, {**entry, "number": row.number})
    connection.execute(
        sa.text("UPDATE audit_head SET seq = :seq, hash = :hash"), {"seq": seq, "hash": previous}
    )


def downgrade() -> None:
    """Leave the entries: the log only grows."""


def _in_utc(moment: datetime) -> datetime:
    # SQLite keeps a moment without its zone.
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _unregistered() -> sa.Select[tuple[str, str, str, int, object]]:
    document = sa.table(
        "document",
        *(sa.column(name) for name in ("id", "number", "kind", "sha256", "size_bytes")),
        sa.column("made_at", sa.DateTime(timezone=True)),
    )
    entry = sa.table("audit_entry", sa.column("act"), sa.column("subject"))
    known = sa.exists().where(
        entry.c.act == "document.register", entry.c.subject == "document:" + document.c.number
    )
    columns = [document.c[name] for name in ("number", "kind", "sha256", "size_bytes", "made_at")]
    return sa.select(*columns).where(~known).order_by(document.c.id)
