"""What a layout is made of: its columns, and the kinds of value that they hold."""

import enum
from dataclasses import dataclass
from functools import cached_property


class Kind(enum.StrEnum):
    """A kind of value: how it is written in a file, and what it becomes."""

    ACTION = "action"  # N, C or A
    AMOUNT = "amount"  # baht with up to two decimals, becomes satang
    BRANCH = "branch"  # five digits
    CHOICE = "choice"  # one of a list
    CODE = "code"  # a number that its owner gives: letters, digits and a few signs
    COUNT = "count"  # a whole number
    DATE = "date"
    DOCUMENT_NO = "document-no"
    DOCUMENT_TYPE = "document-type"  # 388, 80 or 81, which counts negative
    FLAG = "flag"  # Y or N
    GOODS_CODE = "goods-code"  # a GTIN where it is one, else a code of the taxpayer's own
    GTIN = "gtin"
    HS_CODE = "hs-code"
    LINE_NO = "line-no"
    MONTH = "month"
    QUANTITY = "quantity"  # up to four decimals, becomes ten-thousandths
    SERIAL = "serial"
    TAX_ID = "tax-id"
    TEXT = "text"
    VIN = "vin"


TYPES = {  # in the dialect of the rules; all else is VARCHAR
    Kind.AMOUNT: "BIGINT",
    Kind.COUNT: "BIGINT",
    Kind.DATE: "DATE",
    Kind.DOCUMENT_TYPE: "BIGINT",
    Kind.FLAG: "BOOLEAN",
    Kind.LINE_NO: "BIGINT",
    Kind.MONTH: "DATE",
    Kind.QUANTITY: "BIGINT",
    Kind.SERIAL: "BIGINT",
}


@dataclass(frozen=True)
class Column:
    """A column of a file: `name` heads it, or `title` in Thai.

    `field` is its name among the rows. The examples fill the rows of the example
    file, one after the other; the last one goes on.
    """

    name: str
    title: str
    kind: Kind
    examples: tuple[str, ...]
    required: bool = True
    field: str = ""
    choices: tuple[str, ...] = ()

    @property
    def is_wanted(self) -> bool:
        """Whether a file without the column is still in the layout."""
        return self.kind is not Kind.ACTION


REMARKS = ("fault_th", "fault_en")  # what a file that was given back has on top; never read
ACTION = Column(
    "action", "การดำเนินการ", Kind.ACTION, ("N",), required=False, choices=("N", "C", "A")
)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What one source tells: the columns of its files, and what its rows are known by.

    `key` are the fields that name a row; with `is_yearly` its year belongs to them,
    because numbers begin anew. `day` is the field that gives the month. `source` is
    who sends the files that we are handed. `is_own` marks what each taxpayer tells
    of itself: that one has told of a month says nothing of another.
    """

    code: str
    title_th: str
    title_en: str
    source: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    day: str
    is_yearly: bool = False
    is_own: bool = False

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The names of a row's values, in the order of the columns."""
        return tuple(column.field or column.name for column in self.columns)

    @cached_property
    def row_types(self) -> dict[str, str]:
        """The fields of a row and their types, with its month after the day."""
        types = {}
        for column, field in zip(self.columns, self.fields, strict=True):
            types[field] = TYPES.get(column.kind, "VARCHAR")
            if field == self.day:
                types["period"] = "DATE"
        return types

    @cached_property
    def view_types(self) -> dict[str, str]:
        """The columns of the view of that name, which say also where a row came from."""
        return {"receipt_no": "VARCHAR", "source_code": "VARCHAR"} | self.row_types

    @cached_property
    def summed(self) -> str | None:
        """The field whose sum is told of a delivery: the first amount."""
        amounts = [
            f for c, f in zip(self.columns, self.fields, strict=True) if c.kind is Kind.AMOUNT
        ]
        return amounts[0] if amounts else None

    @property
    def heading(self) -> tuple[Column, ...]:
        """All columns that a file may have, the optional `action` last."""
        return (*self.columns, ACTION)

    @property
    def example(self) -> str:
        """A small file in this layout, as CSV."""
        rows = [[column.name for column in self.columns]]
        for number in range(max(len(column.examples) for column in self.columns)):
            rows.append(
                [column.examples[min(number, len(column.examples) - 1)] for column in self.columns]
            )
        return "".join(f"{','.join(row)}\r\n" for row in rows)
