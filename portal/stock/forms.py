"""Forms of the stock room."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _
from wtforms import HiddenField

from excise.evidence.checking import RowFault
from excise.stock.accounts import StockAccount
from excise.stock.actions import MAX_LINES
from portal.stock import words
from web.fields import BaseForm, FileForm, SubmissionForm, SubmissionIdField, file_field

_MORE = 10
_LONGEST = 200


class StatementForm(FileForm):
    """A file of rows; the same filling-in of the form is sent once."""

    submission_id = SubmissionIdField()
    file = file_field(_("File (CSV, XLSX or Parquet)"))


class SendForm(SubmissionForm):
    """The lines that were typed, as they stand."""


class SheetForm(BaseForm):
    """Lines of an account as they are typed; a line that says nothing is left out.

    `faults` has what is wrong by the name of the box, once `show` was told of it.
    """

    revision = HiddenField(default="0")

    def __init__(
        self, account: StockAccount, lines: Sequence[Mapping[str, str]], **kwargs: Any
    ) -> None:
        """Offer the boxes of an account, filled with lines that were kept before."""
        super().__init__(**kwargs)
        self.account, self.faults = account, dict[str, str]()
        self.names = [column.name for column in account.columns]
        self.lines = _typed(self.names) if self.is_submitted() else [dict(one) for one in lines]

    @property
    def seen(self) -> int:
        """The revision that the page showed."""
        said = str(self.revision.data or "")
        return int(said) if said.isdecimal() and said.isascii() and len(said) < 10 else 0

    @property
    def rows(self) -> list[dict[str, str]]:
        """The lines and some empty ones after them."""
        room = max(min(_MORE, MAX_LINES - len(self.lines)), 0)
        return [*self.lines, *[dict.fromkeys(self.names, "") for _ in range(room)]]

    def show(self, faults: Sequence[RowFault]) -> None:
        """Put what is wrong beside its box; a fault of a row as a whole beside its first."""
        wrong = {fault.row for fault in faults if not _is_sum(fault)}
        for fault in faults:
            if _is_sum(fault) and fault.row in wrong:
                continue  # nothing could be added up; what stood in the way is told
            name = fault.column if fault.column in self.names else self.names[0]
            said = words.sentence(fault.code)
            if "≠" in fault.value:  # the two figures that should be one
                said = f"{said} {fault.value}"
            self.faults.setdefault(box(fault.row - 1, name), said)


def box(number: int, name: str) -> str:
    """Return the name of a box; lines count from 1."""
    return f"line-{number}-{name}"


def _is_sum(fault: RowFault) -> bool:
    return fault.column == "closing" and fault.code == "required"


def _typed(names: Sequence[str]) -> list[dict[str, str]]:
    lines = []
    for number in range(1, MAX_LINES + 1):
        line = {name: request.form.get(box(number, name), "").strip()[:_LONGEST] for name in names}
        if any(value for name, value in line.items() if name != "action"):
            lines.append(line)
    return lines
