"""What was typed into the form of a line and not saved yet: kept, so that nobody types it twice."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.returns.actions import open_draft
from excise.returns.models import TypedLine

_MOST_FIELDS, _LONGEST = 40, 200


def keep_typed(
    session: Session,
    typed: Mapping[str, str],
    *,
    draft_reference: str,
    person_id: int,
    product_id: int,
    position: int,
    at: datetime,
) -> None:
    """Keep what somebody has typed so far; `position` is 0 for a new line.

    It is no line: the draft is neither changed nor opened again by it.
    Raises NotFound, NotAllowed, AlreadyFiled.
    """
    tax_return = open_draft(session, draft_reference, person_id, at)
    kept = {name: text[:_LONGEST] for name, text in list(typed.items())[:_MOST_FIELDS]}
    key = {"person_id": person_id, "product_id": product_id, "position": position}
    one = typed_line(session, tax_return.id, **key)
    if one is None:
        session.add(TypedLine(return_id=tax_return.id, typed=kept, saved_at=at, **key))
    else:
        one.typed, one.saved_at = kept, at


def typed_line(
    session: Session, return_id: int, *, person_id: int, product_id: int, position: int
) -> TypedLine | None:
    """Return what somebody had typed into the form of a line."""
    return session.scalar(
        sa.select(TypedLine).where(
            TypedLine.return_id == return_id,
            TypedLine.person_id == person_id,
            TypedLine.product_id == product_id,
            TypedLine.position == position,
        )
    )


def forget_typed(
    session: Session, return_id: int, *, person_id: int, product_id: int, position: int
) -> None:
    """Forget it, because the line is saved or they begin anew."""
    one = typed_line(
        session, return_id, person_id=person_id, product_id=product_id, position=position
    )
    if one is not None:
        session.delete(one)
