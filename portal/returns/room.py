"""What all pages about one draft share: the draft itself, once it is known to be theirs."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from excise.people.models import Person
from excise.people.rules import Right
from excise.returns.models import Return, ReturnState
from excise.returns.queries import draft_of
from web.access import person_id
from web.clock import now, today
from web.db import reading

bp = Blueprint("returns", __name__, url_prefix="/returns")
DraftView = Callable[..., ResponseReturnValue]


AT_WORK = timedelta(minutes=15)


@bp.app_context_processor
def company() -> dict[str, object]:
    """Let pages about a draft name who else works on it."""
    return {"also_at_work": also_at_work}


def also_at_work(draft: Return) -> Person | None:
    """Return who else saved something in a draft just now."""
    if draft.changed_by in (None, person_id()) or now() - draft.changed_at > AT_WORK:
        return None
    return reading().get(Person, draft.changed_by)


def with_draft(view: DraftView) -> DraftView:
    """Hand the view its draft; one that is filed leads to its confirmation, from any old tab."""

    @wraps(view)
    def found(draft_reference: str, **rest: Any) -> ResponseReturnValue:
        draft: Return = draft_of(
            reading(), draft_reference, person_id=person_id(), right=Right.VIEW, on=today()
        )
        if draft.state is ReturnState.FILED:
            return redirect(url_for("returns.sent", reference=draft.reference))
        return view(draft, **rest)

    return found
