"""One business with all its rows, as a pattern for others under other names.

Whatever tells the business from others is found in every value: its numbers and
references, the hashes of what it filed, the ids of its rows. A copy gives each of
them (a `Key`) another value and leaves the rest as it was.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from excise.audit import AuditEntry
from excise.db import Record
from excise.demo.story import Business
from excise.documents.models import Original
from excise.ledger.models import Entry, Posting
from excise.payments.models import Allocation, Bill, Payment
from excise.people.models import Delegation, Person
from excise.products.models import Price, Product
from excise.receipts.models import Receipt
from excise.returns.models import DeclaredLine, Return, ReturnLine
from excise.taxpayers.models import Guarantee, Registration, RegistrationStep, Taxpayer

PAYING = ("payment", "allocation", "accrual:allocation")
Key = str | tuple[str, int]  # a text of its own, or the id of a row of a table
Names = dict[Key, Any]


@dataclass(frozen=True)
class Numbered:
    """A text that ends in a number of a series."""

    old: str
    head: str
    series: str

    def text(self, number: int) -> str:
        """Write another number of the series in the same form."""
        return f"{self.head}{number:0{len(self.old) - len(self.head)}d}"


_NUMBERED: tuple[tuple[InstrumentedAttribute[Any], str, str], ...] = (
    (Registration.reference, r"REG(\d{4})", "registration:{}"),
    (Price.reference, r"SRP(\d{4})", "price:{}"),
    (Return.draft_reference, r"D(\d{4})", "draft:{}"),
    (Return.reference, r"PS(\d{4})-(\d{4})-", "return:{}:{}"),
    (Bill.ref1, r"(\d{8})", "bill:{}"),
    (Receipt.number, r"(.+)-(?=\d{7}$)", "receipt:{}"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its values, those to be looked up by a key, those with keys inside a text."""

    id: int
    values: list[Any]
    keys: list[tuple[int, Key]]
    texts: list[tuple[int, str]]

    def under(self, names: Names) -> list[Any]:
        """Return the values of the row under other names."""
        values = self.values.copy()
        for place, key in self.keys:
            values[place] = names[key]
        for place, text in self.texts:
            values[place] = text % names
        return values


@dataclass(frozen=True)
class Deed:
    """An act in the audit log; `told` is JSON of all but the moment."""

    at: datetime
    told: str


@dataclass(frozen=True)
class Template:
    """A business, its rows by table in the order in which they can be inserted."""

    business: Business
    number: str
    rows: Mapping[sa.Table, Sequence[Row]]
    deeds: Sequence[Deed]
    numbered: Sequence[Numbered]
    hashes: Sequence[str]
    issued: Mapping[str, datetime]

    def id_of(self, record: type[Record]) -> int:
        """Return the id of the one row of a table."""
        (row,) = self.rows[table_of(record)]
        return row.id


def table_of(record: type[Record]) -> sa.Table:
    """Return the table of a mapped class."""
    return record.metadata.tables[record.__tablename__]


def read(session: Session, business: Business) -> Template:
    """Read a business of the demonstration, which stands in the database."""
    found = {
        table: [dict(row) for row in session.execute(_raw(table).where(condition)).mappings()]
        for table, condition in _conditions(session, business)
    }
    numbered = list(_numbered(found))
    own = {(table.name, row["id"]) for table in found for row in found[table] if "id" in row}
    number = found[table_of(Registration)][0]["number"]
    texts = [business.facts["name"], business.facts["tax"], business.tax_id, business.owner_email]
    hashes = [row["sha256"] for row in found[table_of(Original)]]
    hashes += {row["facts_hash"] for row in found[table_of(Receipt)]}
    texts += [number, *(each.old for each in numbered), *hashes, *_others(found, business)]
    pattern = _Pattern(texts)
    return Template(
        business=business,
        number=number,
        rows={
            table: [_row(table, row, own, pattern) for row in rows] for table, rows in found.items()
        },
        deeds=[
            Deed(entry.at, pattern.write(_told(entry))) for entry in _deeds(session, own, found)
        ],
        numbered=numbered,
        hashes=hashes,
        issued={
            row.number: row.issued_at
            for row in session.execute(
                sa.select(Receipt.number, Receipt.issued_at).where(
                    Receipt.number.in_([row["number"] for row in found[table_of(Receipt)]])
                )
            )
        },
    )


def _raw(table: sa.Table) -> sa.Select[Any]:
    """Return the query of a table's values as the engine keeps them; JSON as its text."""
    columns = (
        sa.cast(column, sa.Text) if isinstance(column.type, sa.JSON) else _as_kept(column)
        for column in table.c
    )
    query = sa.select(
        *(each.label(name) for each, name in zip(columns, table.c.keys(), strict=True))
    )
    return query.order_by(*table.primary_key)


def _as_kept(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    return sa.type_coerce(column, sa.types.NullType())


def _conditions(
    session: Session, business: Business
) -> Iterator[tuple[sa.Table, sa.ColumnElement[bool]]]:
    """Say which rows of which table belong to a business, parents first."""
    taxpayers = sa.select(Taxpayer.id).where(Taxpayer.tax_id == business.tax_id)
    places = sa.select(Registration.id).where(Registration.taxpayer_id.in_(taxpayers))
    returns = sa.select(Return.id).where(Return.registration_id.in_(places))
    is_bill = Bill.taxpayer_id.in_(taxpayers) & Bill.cause.startswith("return:")
    is_payment = Payment.ref1.in_(sa.select(Bill.ref1).where(is_bill))
    is_entry = Entry.cause.in_(_causes(session, is_bill, is_payment))
    filed = sa.select(Return.original_sha256).where(Return.registration_id.in_(places))
    conditions: dict[type[Record], sa.ColumnElement[bool]] = {
        Person: Person.email == business.owner_email,
        Taxpayer: Taxpayer.tax_id == business.tax_id,
        Delegation: Delegation.taxpayer_id.in_(taxpayers),
        Registration: Registration.taxpayer_id.in_(taxpayers),
        RegistrationStep: RegistrationStep.registration_id.in_(places),
        Guarantee: Guarantee.registration_id.in_(places),
        Product: Product.registration_id.in_(places),
        Price: Price.product_id.in_(
            sa.select(Product.id).where(Product.registration_id.in_(places))
        ),
        Original: Original.sha256.in_(filed),
        Return: Return.registration_id.in_(places),
        ReturnLine: ReturnLine.return_id.in_(returns),
        DeclaredLine: DeclaredLine.return_id.in_(returns),
        Bill: is_bill,
        Payment: is_payment,
        Allocation: Allocation.bill_id.in_(sa.select(Bill.id).where(is_bill)),
        Entry: is_entry,
        Posting: Posting.entry_id.in_(sa.select(Entry.id).where(is_entry)),
        Receipt: Receipt.payment_id.in_(sa.select(Payment.id).where(is_payment)),
    }
    by_table = {table_of(record): condition for record, condition in conditions.items()}
    return (
        (table, by_table[table]) for table in Record.metadata.sorted_tables if table in by_table
    )


def _causes(
    session: Session, is_bill: sa.ColumnElement[bool], is_payment: sa.ColumnElement[bool]
) -> list[str]:
    charged = session.scalars(sa.select(Bill.cause).where(is_bill))
    paid = session.execute(sa.select(Payment.bank_code, Payment.transaction_id).where(is_payment))
    numbers = [f"{bank}:{transaction}" for bank, transaction in paid]
    return [
        *charged,
        *(f"{what}:{number}" for what in PAYING for number in numbers),
    ]


def _numbered(found: Mapping[sa.Table, list[dict[str, Any]]]) -> Iterator[Numbered]:
    for column, form, series in _NUMBERED:
        for row in found[column.class_.__table__]:
            if text := row[column.key]:
                head = re.match(form, text)
                assert head, text
                yield Numbered(text, head[0], series.format(*head.groups()))


def _others(found: Mapping[sa.Table, list[dict[str, Any]]], business: Business) -> Iterator[str]:
    """Yield the other texts that are the business's own: names, some with ids in them."""
    for record in (Person, Product):
        yield from (f"{record.__tablename__}:{row['id']}" for row in found[table_of(record)])
    yield from (row["name"] for row in found[table_of(Registration)])
    yield from (row["document_number"] for row in found[table_of(Guarantee)])
    if business.gtin:
        yield business.gtin


class _Pattern:
    """Finds the texts that are the business's own; the longest wins."""

    def __init__(self, texts: Sequence[str]) -> None:
        longest_first = sorted(set(texts), key=len, reverse=True)
        # "person:4" is not meant in "person:42"; a number inside a reference is.
        self._any = re.compile(
            "|".join(re.escape(text) + (r"(?!\d)" if ":" in text else "") for text in longest_first)
        )

    def is_key(self, text: str) -> bool:
        return self._any.fullmatch(text) is not None

    def write(self, text: str) -> str:
        """Return the text as a format in which its keys stand open."""
        return self._any.sub(lambda found: f"%({found[0]})s", text.replace("%", "%%"))

    def has_key(self, text: str) -> bool:
        return self._any.search(text) is not None


def _row(table: sa.Table, row: dict[str, Any], own: set[tuple[str, int]], pattern: _Pattern) -> Row:
    made = Row(row.get("id", 0), list(row.values()), [], [])
    for place, column in enumerate(table.c):
        value = row[column.name]
        target = next((key.column.table.name for key in column.foreign_keys), table.name)
        if isinstance(value, int) and (column.primary_key or column.foreign_keys):
            if (target, value) in own:
                made.keys.append((place, (target, value)))
        elif isinstance(value, str) and pattern.is_key(value):
            made.keys.append((place, value))
        elif isinstance(value, str) and pattern.has_key(value):
            made.texts.append((place, pattern.write(value)))
    return made


def _deeds(
    session: Session,
    own: set[tuple[str, int]],
    found: Mapping[sa.Table, list[dict[str, Any]]],
) -> list[AuditEntry]:
    """Return what was done by the owner, and by others to what is the business's."""
    actors = [f"{table}:{number}" for table, number in own if table == "person"]
    subjects = [f"registration:{row['reference']}" for row in found[table_of(Registration)]]
    subjects += [
        f"payment:{row['bank_code']}:{row['transaction_id']}" for row in found[table_of(Payment)]
    ]
    query = sa.select(AuditEntry).where(
        AuditEntry.actor.in_(actors) | AuditEntry.subject.in_(subjects)
    )
    return list(session.scalars(query.order_by(AuditEntry.seq)))


def _told(entry: AuditEntry) -> str:
    told = json.loads(entry.body)
    kept = {name: told[name] for name in ("actor", "act", "subject", "facts")}
    return json.dumps(kept, ensure_ascii=False)
