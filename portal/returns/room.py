"""What all pages about one draft share: the draft itself, once it is known to be theirs."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from excise.people.rules import Right
from excise.returns.models import Return, ReturnState
from excise.returns.queries import draft_of
from web.access import person_id
from web.clock import today
from web.db import reading

bp = Blueprint("returns", __name__, url_prefix="/returns")
DraftView = Callable[..., ResponseReturnValue]


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
