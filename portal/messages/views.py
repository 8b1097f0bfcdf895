"""The list of messages, and each by itself."""

import sqlalchemy as sa
from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from excise.errors import Unavailable
from excise.messages.actions import mark_read
from excise.messages.models import Message
from excise.messages.queries import mailbox, message_to, read_of, unread
from excise.taxpayers.queries import reach_of
from portal.messages.words import WORDS
from web.access import person_id
from web.clock import now, today
from web.db import reading, transaction
from web.paging import page_of

bp = Blueprint("messages", __name__, url_prefix="/messages")


@bp.get("/")
def index() -> ResponseReturnValue:
    """List what the Department told, newest first."""
    page = page_of(mailbox(person_id(), _seen()))
    read = read_of(reading(), person_id(), page.rows)
    return render_template("portal/messages/index.html", page=page, read=read, words=WORDS)


@bp.get("/<int(max=2147483647):message_id>")
def show(message_id: int) -> ResponseReturnValue:
    """Show why it came, by when and what to do; whoever opens it has read it."""
    message = message_to(reading(), message_id, person_id(), _seen())
    if not read_of(reading(), person_id(), [message]):
        _read(message)
    return render_template(
        "portal/messages/show.html", message=message, words=WORDS[message.kind], today=today()
    )


def _read(message: Message) -> None:
    try:
        with transaction() as session:
            mark_read(session, message, person_id=person_id(), at=now())
    except (Unavailable, sa.exc.SQLAlchemyError):
        return  # it stays unread, which is no reason to withhold it
    g.unread = max(waiting() - 1, 0)  # the reading of this request began before


def waiting() -> int:
    """Count what the visitor has not read, once a request."""
    if "unread" not in g:
        g.unread = unread(reading(), person_id(), _seen())
    return int(g.unread)


def _seen() -> sa.ColumnElement[bool]:
    reach = reach_of(reading(), person_id(), on=today())
    return reach.holds(Message.taxpayer_id, Message.registration_id)
