"""What all pages about one edition share."""

from dataclasses import dataclass

from flask import Blueprint

from backoffice.accounts import may, officer
from excise.errors import Conflict, Invalid
from excise.people.models import Officer
from excise.tariff.actions import AuthorCannotDecide, NotTheAuthor
from excise.tariff.amending import faults_of
from excise.tariff.difference import Change, difference
from excise.tariff.entries import Tariff
from excise.tariff.faults import Fault
from excise.tariff.models import Edition, EditionState
from excise.tariff.queries import edition, tariff_of
from web.db import reading
from web.tariff import tariff_now

bp = Blueprint("tariff", __name__, url_prefix="/tariff")
OPEN = (EditionState.DRAFT, EditionState.PROPOSED, EditionState.APPROVED)


@dataclass(frozen=True)
class Reading:
    """An edition with what its text says, or with what is wrong with it."""

    row: Edition
    tariff: Tariff | None
    faults: tuple[Fault, ...] = ()

    @property
    def before(self) -> Tariff:
        """What it is compared with: what is in force, or for one that was, what it replaced."""
        if self.row.state in OPEN or self.row.base is None:
            return tariff_now()
        return tariff_of(reading(), edition(reading(), self.row.base).digest)

    @property
    def changes(self) -> list[Change]:
        """What it says otherwise; nothing of a text that cannot be read."""
        return difference(self.before, self.tariff) if self.tariff else []


def read(number: int) -> Reading:
    """Return an edition as it stands, faulty or not."""
    row = edition(reading(), number)
    try:
        return Reading(row, tariff_of(reading(), row.digest))
    except Invalid as error:
        return Reading(row, None, faults_of(error))


def readable(number: int) -> tuple[Edition, Tariff]:
    """Return an edition and what it says; raises Conflict while its text has faults."""
    found = read(number)
    if found.tariff is None:
        raise Conflict("edition-invalid")
    return found.row, found.tariff


def own_draft(number: int) -> Edition:
    """Return a draft to its author; the action checks it again."""
    row = edition(reading(), number)
    if row.drafted_by != officer().id:
        raise NotTheAuthor(number=number)
    row.require(EditionState.DRAFT)
    return row


def for_decision(number: int, *states: EditionState) -> Edition:
    """Return an edition if this officer may decide on it now."""
    row = edition(reading(), number)
    if row.drafted_by == officer().id:
        raise AuthorCannotDecide(number=number)
    row.require(*states)
    return row


def acts_for(row: Edition) -> dict[str, bool]:
    """Return what this officer may do with an edition."""
    is_mine = row.drafted_by == officer().id
    decides = may("tariff.approve") and not is_mine
    return {
        "edits": is_mine and row.state is EditionState.DRAFT and may("tariff.draft"),
        "decides": decides and row.state is EditionState.PROPOSED,
        "publishes": decides and row.state is EditionState.APPROVED,
        "rejects": row.state in OPEN and (decides or (is_mine and may("tariff.draft"))),
    }


def officers_of(row: Edition) -> dict[str, Officer | None]:
    """Return who drafted, decided and published, where somebody did."""
    acted = {"author": row.drafted_by, "decider": row.decided_by, "publisher": row.published_by}
    return {who: reading().get(Officer, id_) if id_ else None for who, id_ in acted.items()}
