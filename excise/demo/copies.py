"""Many taxpayers out of few: the businesses of the demonstration, multiplied in bulk.

What is counted, hashed or chained is worked out anew, so that a copy stands every
check that a played business stands. Letters, documents and comparisons of the copies
are not asked for: a receipt's document is made when somebody opens it.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from stdnum import ean

from excise import audit, numbering
from excise.db import Record
from excise.demo.story import Business, Transaction, businesses
from excise.demo.template import Names, Row, Template, read, table_of
from excise.documents.models import Original
from excise.people.models import Delegation, Person
from excise.products.models import Product
from excise.receipts.models import Receipt
from excise.receipts.rules import GENESIS, entry_hash, number_in, text_hash
from excise.returns.models import Return, ReturnState
from excise.taxpayers.models import Registration, Taxpayer
from excise.taxpayers.rules import EstablishmentType, registration_number

CHUNK = 50  # taxpayers in one transaction: some 30,000 rows
COUNTER = "demo:copies"
CHAIN = 22  # the business of the list that has many establishments: a place of entertainment
CHAIN_EMAIL = "chain@business.example.org"
ESTABLISHMENTS = 100
_ONCE = (Person, Taxpayer, Delegation)  # the establishments of a chain have these in common


@dataclass(frozen=True)
class Copy:
    """The so-many-th copy; of a chain, its so-many-th establishment."""

    number: int
    place: int = 1

    @property
    def is_chain(self) -> bool:
        """The first copy has many establishments."""
        return self.number == 1

    @property
    def original(self) -> int:
        """The place in the list of the business that it is copied from."""
        return CHAIN if self.is_chain else self.number % len(businesses())

    @cached_property
    def business(self) -> Business:
        """The business as the package's list would have it."""
        original = businesses()[self.original]
        head, form, rest = str(original.facts["name"]).partition(" จำกัด")
        facts = original.facts | {
            "tax": f"01055{5_900_000 + self.number:07d}",
            "name": f"{head} {self.number}{form}{rest}",
        }
        if original.gtin:
            base = f"8852{self.number:08d}"
            facts["gtin"] = base + ean.calc_check_digit(base)
        email = CHAIN_EMAIL if self.is_chain else f"copy{self.number}@business.example.org"
        return Business(facts, email)


def multiply(transaction: Transaction, *, taxpayers: int) -> Iterator[int]:
    """Copy the played businesses until so many taxpayers stand, a transaction a chunk.

    Yields how many taxpayers stand after each. After an interruption it goes on where it
    was. The first copy is a chain of a hundred establishments.
    """
    wanted = _wanted(taxpayers)
    with transaction() as session:
        done = numbering.last(session, COUNTER)
        templates = [read(session, each) for each in businesses() if done < wanted]
    while done < wanted:
        with transaction() as session:
            # Taken, not read: two commands at once make no copy twice.
            count = 1 if done == 0 else min(CHUNK, wanted - done)
            numbers = numbering.take_many(session, COUNTER, count)
            made = _numbered(numbers)
            _Chunk(session, [(copy, templates[copy.original]) for copy in made]).insert()
        done = numbers[-1]
        yield len(businesses()) + done


def copies(taxpayers: int) -> Iterator[Copy]:
    """Yield every copy that stands beside the played businesses when so many taxpayers do."""
    return _numbered(range(1, _wanted(taxpayers) + 1))


def _wanted(taxpayers: int) -> int:
    return taxpayers - len(businesses())


def _numbered(numbers: Iterable[int]) -> Iterator[Copy]:
    for number in numbers:
        places = ESTABLISHMENTS if number == 1 else 1
        yield from (Copy(number, place) for place in range(1, places + 1))


class _Chunk:
    """Some copies, made and inserted table by table in one transaction."""

    def __init__(self, session: Session, chunk: Sequence[tuple[Copy, Template]]) -> None:
        self.session, self.chunk = session, chunk
        counted = Counter[sa.Table]()
        for copy, template in chunk:
            counted.update({t: len(rows) for t, rows in _rows_of(copy, template)})
        self.ids = {t.name: _new_ids(session, t, n) for t, n in counted.items() if "id" in t.c}
        self.numbers = _new_numbers(session, [template for _, template in chunk])
        self.last_hash: dict[str, str] = {}
        self.shared: Names = {}

    def insert(self) -> None:
        """Insert every copy; what happened stands in the audit log as it would have."""
        rows: dict[sa.Table, list[list[Any]]] = {}
        for copy, template in self.chunk:
            names = self._names(copy, template)
            for table, patterns in _rows_of(copy, template):
                into = rows.setdefault(table, [])
                into.extend(self._row(table, row, template, names) for row in patterns)
            self._record(template, names)
        self._insert_all(rows)

    def _names(self, copy: Copy, template: Template) -> Names:
        """Return what the copy has instead of the template's own texts and ids."""
        names: Names = dict(self.shared) if copy.place > 1 else {}
        for table, rows in _rows_of(copy, template):
            if table.name in self.ids:
                names.update(((table.name, row.id), next(self.ids[table.name])) for row in rows)
        for each in template.numbered:
            names[each.old] = each.text(next(self.numbers[each.series]))
        names.update(dict.fromkeys(template.hashes, ""))  # known once their content is
        names.update(self._identity(copy, template, names))
        if copy.is_chain and copy.place == 1:
            self.shared = {key: names[key] for key in _ids(template, _ONCE)}
        return names

    def _identity(self, copy: Copy, template: Template, names: Names) -> Names:
        old, new = template.business, copy.business
        kind = EstablishmentType(old.facts["type"])
        sequence = numbering.take(self.session, f"establishment:{new.tax_id}:{kind}")
        place = "" if copy.place == 1 else f"-{copy.place}"
        told: Names = {
            old.facts["name"]: new.facts["name"],
            old.facts["tax"]: f"{new.facts['tax']}{place}",
            old.tax_id: new.tax_id,
            old.owner_email: new.owner_email,
            template.number: registration_number(new.tax_id, kind, sequence),
            f"{old.facts['name']} สถานประกอบการ 1": (
                f"{new.facts['name']} สถานประกอบการ {sequence}"
            ),
        }
        if old.gtin:
            told[old.gtin] = new.gtin
        for record in (Person, Product):
            for key in _ids(template, [record]):
                told[f"{key[0]}:{key[1]}"] = f"{key[0]}:{names[key]}"
        registration = names[(Registration.__tablename__, template.id_of(Registration))]
        told["LG-" + f"{template.id_of(Registration):05d}"] = f"LG-{registration:05d}"
        return told

    def _row(self, table: sa.Table, row: Row, template: Template, names: Names) -> list[Any]:
        """Return the row of a copy; what it says is hashed before anything names the hash."""
        values = row.under(names)
        if table is _ORIGINAL:
            content = str(values[_place(_ORIGINAL, "content")])
            names[row.values[0]] = values[0] = hashlib.sha256(content.encode()).hexdigest()
        elif table is _RETURN:
            # Its lines come first, as they did when it was written: a filed return takes none.
            values[_place(_RETURN, "state")] = ReturnState.DRAFT.value
        elif table is _REGISTRATION:
            values[_place(table, "sequence")] = int(names[template.number][14:])
        elif table is _RECEIPT:
            self._chain(row, values, template, names)
        return values

    def _chain(self, row: Row, values: list[Any], template: Template, names: Names) -> None:
        """Enter a receipt into the register of its series."""
        told = dict(zip(_RECEIPT.c.keys(), values, strict=True))
        if told["facts"]:  # the main receipt comes before those of its funds
            old = row.values[_place(_RECEIPT, "facts_hash")]
            names[old] = told["facts_hash"] = text_hash(told["facts"])
        series, old_number = told["series"], row.values[_place(_RECEIPT, "number")]
        told["sequence"] = int(told["number"].removeprefix(f"{series}-"))
        told["previous"] = self._previous(series, told["sequence"])
        told["hash"] = self.last_hash[series] = entry_hash(
            **{name: told[name] for name in _HASHED}, issued_at=template.issued[old_number]
        )
        values[:] = told.values()

    def _previous(self, series: str, sequence: int) -> str:
        if series not in self.last_hash:
            number = number_in(series, sequence - 1)
            query = sa.select(Receipt.hash).where(Receipt.number == number)
            self.last_hash[series] = GENESIS if sequence == 1 else self.session.scalars(query).one()
        return self.last_hash[series]

    def _record(self, template: Template, names: Names) -> None:
        for deed in template.deeds:
            told = json.loads(deed.told % names)
            audit.record(self.session, at=deed.at, **told.pop("facts"), **told)

    def _insert_all(self, rows: dict[sa.Table, list[list[Any]]]) -> None:
        connection = self.session.connection()
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        for table, values in rows.items():
            if not values:
                continue
            marks = ", ".join([mark] * len(table.c))
            names = ", ".join(f'"{each.name}"' for each in table.c)
            # The values are as the engine keeps them, so nothing is converted on the way.
            connection.exec_driver_sql(
                f"INSERT INTO {table.name} ({names}) VALUES ({marks})",  # noqa: S608  our own names
                [tuple(each) for each in values],
            )
        filed = [row[0] for row in rows[_RETURN] if row[_place(_RETURN, "filed_at")]]
        update = sa.update(Return).where(Return.id == sa.bindparam("this"))
        self.session.connection().execute(
            update.values(state=ReturnState.FILED), [{"this": each} for each in filed]
        )


_ORIGINAL, _RETURN = table_of(Original), table_of(Return)
_REGISTRATION, _RECEIPT = table_of(Registration), table_of(Receipt)
_HASHED = ("series", "sequence", "number", "kind", "amount_satang", "facts_hash", "previous")


@cache
def _place(table: sa.Table, column: str) -> int:
    return table.c.keys().index(column)


def _rows_of(copy: Copy, template: Template) -> Iterator[tuple[sa.Table, Sequence[Row]]]:
    common = {table_of(record) for record in _ONCE} if copy.place > 1 else set()
    return ((table, rows) for table, rows in template.rows.items() if table not in common)


def _ids(template: Template, records: Iterable[type[Record]]) -> Iterator[tuple[str, int]]:
    for record in records:
        table = table_of(record)
        yield from ((table.name, row.id) for row in template.rows[table])


def _new_ids(session: Session, table: sa.Table, count: int) -> Iterator[int]:
    """Return ids that nobody has; who else writes takes others."""
    if session.get_bind().dialect.name == "sqlite":
        last = session.scalar(sa.select(sa.func.max(table.c.id))) or 0
        return iter(range(last + 1, last + count + 1))
    sequence = sa.func.nextval(sa.func.pg_get_serial_sequence(table.name, "id"))
    rows = sa.func.generate_series(1, count).table_valued("number")
    return iter(session.scalars(sa.select(sequence).select_from(rows)).all())


def _new_numbers(session: Session, templates: Iterable[Template]) -> dict[str, Iterator[int]]:
    """Take the numbers of every series that the copies need, always in the same order."""
    counted = Counter(each.series for template in templates for each in template.numbered)
    return {
        series: iter(numbering.take_many(session, series, counted[series]))
        for series in sorted(counted)
    }
