"""What was charged to a taxpayer, what was paid, and what is owed after each of them."""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from excise.ledger.models import Entry
from excise.ledger.queries import changes_by, entries_of, owed_by
from excise.payments.credit import credit_of
from excise.taxpayers.models import Taxpayer
from excise.taxpayers.queries import reach_of
from web.access import person_id
from web.clock import today
from web.db import reading
from web.paging import Page, page_of

bp = Blueprint("statement", __name__, url_prefix="/statement")


@dataclass(frozen=True)
class Line:
    """One entry as the taxpayer sees it; `kind` and `which` are its cause."""

    entry: Entry
    change_satang: int
    owed_satang: int

    @property
    def kind(self) -> str:
        """What made it: a return, an assessment, a payment."""
        return self.entry.cause.partition(":")[0]

    @property
    def which(self) -> str:
        """The number of what made it."""
        return self.entry.cause.partition(":")[2].replace(":", " ")

    @property
    def about(self) -> str:
        """The number of the payment or return that a charge or a credit came with."""
        return self.which.partition(" ")[2]


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show the statement of one taxpayer that this person acts for, the latest line first."""
    mine = reach_of(reading(), person_id(), on=today()).taxpayer_ids  # the books are of a whole
    found = reading().scalars(
        sa.select(Taxpayer).where(Taxpayer.id.in_(mine)).order_by(Taxpayer.tax_id)
    )
    taxpayers = list(found)
    asked = request.args.get("tax_id", "")
    chosen = next((one for one in taxpayers if one.tax_id == asked), next(iter(taxpayers), None))
    page = page_of(entries_of(chosen.id if chosen else 0))
    return render_template(
        "portal/statement/index.html",
        taxpayers=taxpayers,
        chosen=chosen,
        page=page,
        credit=credit_of(reading(), chosen.id) if chosen else 0,
        lines=list(_lines(chosen, page)) if chosen else [],
    )


def _lines(taxpayer: Taxpayer, page: Page[Entry]) -> Iterator[Line]:
    if not page.rows:
        return
    changes = changes_by(reading(), taxpayer.id, [entry.id for entry in page.rows])
    owed = owed_by(reading(), taxpayer.id, to_entry=page.rows[0].id)
    for entry in page.rows:
        yield Line(entry, changes[entry.id], owed)
        owed -= changes[entry.id]
