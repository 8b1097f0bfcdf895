"""Rows that may only be added, and entries that must balance.

The same protection in the words of each engine. A journal entry's `imbalance`
follows its lines; the deferred foreign key to the table that holds only 0 makes
COMMIT fail while it is anything else.
"""

from collections.abc import Iterator

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "audit_entry",
    "bank_file",
    "original",
    "posting",
    "receipt",
    "registration_step",
    "zero",
)
# What an act may still change later stands in no list; the rest is fixed once written.
FIXED_COLUMNS = {
    "entry": "cause, posted_on, posted_at",
    "payment": "bank_code, transaction_id, paid_at, amount_satang, ref1, ref2, recorded_at",
    "bill": "cause, taxpayer_id, ref1, ref2, amount_satang, due_on, issued_at, particulars",
    "document": "number, kind, sha256, size_bytes, made_at",
}


def upgrade() -> None:
    """Put the triggers in place and the one row of `zero`."""
    op.execute("INSERT INTO zero (value) VALUES (0) ON CONFLICT DO NOTHING")
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _sqlite() if sqlite else _postgresql():
        op.execute(statement)


def downgrade() -> None:
    """Take the triggers away again; the row of `zero` stays, entries refer to it."""
    if op.get_bind().dialect.name == "sqlite":
        for statement in _sqlite():
            op.execute(f"DROP TRIGGER {statement.split()[2]}")
    else:
        op.execute("DROP FUNCTION refuse_change() CASCADE")
        op.execute("DROP FUNCTION refuse_filed() CASCADE")
        op.execute("DROP FUNCTION refuse_filed_line() CASCADE")
        op.execute("DROP FUNCTION add_to_entry() CASCADE")


def _sqlite() -> Iterator[str]:
    refuse = "BEGIN SELECT RAISE(ABORT, '{} does not change'); END"
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            name = f"{table}_no_{verb.lower()}"
            yield f"CREATE TRIGGER {name} BEFORE {verb} ON {table} {refuse.format(table)}"
    for table, columns in FIXED_COLUMNS.items():
        end = f"ON {table} {refuse.format(table)}"
        yield f"CREATE TRIGGER {table}_fixed BEFORE UPDATE OF {columns} {end}"
        yield f"CREATE TRIGGER {table}_no_delete BEFORE DELETE {end}"
    for verb in ("UPDATE", "DELETE"):
        filed = f"WHEN OLD.state = 'filed' {refuse.format('tax_return')}"
        yield f"CREATE TRIGGER tax_return_no_{verb} BEFORE {verb} ON tax_return {filed}"
        parent = "(SELECT state FROM tax_return WHERE id = OLD.return_id) = 'filed'"
        line = f"WHEN {parent} {refuse.format('return_line')}"
        yield f"CREATE TRIGGER return_line_no_{verb} BEFORE {verb} ON return_line {line}"
    parent = "(SELECT state FROM tax_return WHERE id = NEW.return_id) = 'filed'"
    line = f"WHEN {parent} {refuse.format('return_line')}"
    yield f"CREATE TRIGGER return_line_no_INSERT BEFORE INSERT ON return_line {line}"
    yield (
        "CREATE TRIGGER posting_adds_up AFTER INSERT ON posting BEGIN "
        "UPDATE entry SET imbalance = imbalance + NEW.amount_satang WHERE id = NEW.entry_id; END"
    )


def _function(name: str, body: str) -> str:
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {body} END$$"


def _postgresql() -> Iterator[str]:
    refuse = "RAISE EXCEPTION '% does not change', TG_TABLE_NAME USING ERRCODE = '23514';"
    keep = "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;"
    yield _function("refuse_change", refuse)
    yield _function("refuse_filed", f"IF OLD.state = 'filed' THEN {refuse} END IF; {keep}")
    of_line = "CASE WHEN TG_OP = 'INSERT' THEN NEW.return_id ELSE OLD.return_id END"
    state = "SELECT state FROM tax_return WHERE id = "
    parent = f"({state}{of_line}) = 'filed'"
    yield _function("refuse_filed_line", f"IF {parent} THEN {refuse} END IF; {keep}")
    yield _function(
        "add_to_entry",
        "UPDATE entry SET imbalance = imbalance + NEW.amount_satang WHERE id = NEW.entry_id;"
        " RETURN NULL;",
    )
    row = "FOR EACH ROW EXECUTE FUNCTION"
    for table in (*APPEND_ONLY, *FIXED_COLUMNS):
        columns = FIXED_COLUMNS.get(table)
        what = f"UPDATE OF {columns}" if columns else "UPDATE"
        yield f"CREATE TRIGGER {table}_fixed BEFORE {what} ON {table} {row} refuse_change()"
        yield f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {row} refuse_change()"
        yield (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    change = "BEFORE UPDATE OR DELETE ON"
    yield f"CREATE TRIGGER tax_return_filed {change} tax_return {row} refuse_filed()"
    every = "BEFORE INSERT OR UPDATE OR DELETE ON"
    yield f"CREATE TRIGGER return_line_filed {every} return_line {row} refuse_filed_line()"
    for table in ("tax_return", "return_line"):
        yield (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    yield f"CREATE TRIGGER posting_adds_up AFTER INSERT ON posting {row} add_to_entry()"
