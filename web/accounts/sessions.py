"""Signed-in browsers, one row each: so that signing out, and time, really end them.

Flask's session is a signed cookie. The server cannot take a cookie back; a copy
of it would outlive the sign-out. The row can be taken back.
"""

import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app, g, request, session
from flask_login import user_logged_out
from flask_security import password_changed, password_reset, user_authenticated
from sqlalchemy.orm import Session

from excise.db import is_outage
from web.accounts import lockout
from web.accounts.store import account_session
from web.clock import now
from web.db import reading, transaction

# The first that fits: each browser also names those it descends from.
PROGRAMS = (
    *(("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet")),
    *(("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("Chrome", "Chrome"), ("CriOS", "Chrome")),
    ("Safari", "Safari"),
)
SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows")),
    *(("Mac OS", "Mac"), ("Linux", "Linux")),
)
LOG = logging.getLogger("excise.web")
DAY = timedelta(days=1)
TOUCH = timedelta(minutes=1)  # a page view must not cost a write


@dataclass(frozen=True, kw_only=True)
class Lifetime:
    """How long a sign-in holds: without a page view, and at the most."""

    idle: timedelta
    absolute: timedelta = timedelta(hours=12)


def init_app(app: Flask, *, model: Any, lifetime: Lifetime) -> None:
    """Begin, check and end the rows; comes before Flask-Security, which trusts the cookie."""
    app.extensions["session_rows"] = model

    @app.before_request
    def check() -> None:
        if "_user_id" in session:
            g.account = _account_of(model, lifetime)
            if g.account is None:
                session.clear()

    user_authenticated.connect(_begin, app)
    user_logged_out.connect(_end, app)
    password_changed.connect(_end_all, app)
    password_reset.connect(_end_all, app)


def device_name(browser: str) -> str:
    """Return what a person calls the browser that sent this User-Agent.

    >>> device_name("Mozilla/5.0 (Windows NT 10.0) ... Chrome/156.0 Safari/537.36 Edg/156.0")
    'Edge, Windows'
    >>> device_name("curl/8.1")
    'curl/8.1'
    """
    program = next((name for sign, name in PROGRAMS if sign in browser), "")
    system = next((name for sign, name in SYSTEMS if sign in browser), "")
    return ", ".join(filter(None, (program, system))) or browser[:40]


def rows_of(account_id: int) -> list[Any]:
    """Return the browsers signed in to an account, the latest first."""
    model = _model()
    query = sa.select(model).where(model.account_id == account_id)
    return list(reading().scalars(query.order_by(model.seen_at.desc())))


def end_others(account_id: int, *, row_id: int | None = None) -> None:
    """Sign out one other browser of the account, or all others; never this one."""
    model = _model()
    gone = sa.delete(model).where(model.account_id == account_id, model.digest != this_digest())
    with transaction() as writing:
        writing.execute(gone if row_id is None else gone.where(model.id == row_id))


def this_digest() -> str:
    """Return what names this browser's row; the cookie's own value is stored nowhere."""
    return _digest(session.get("sid", ""))


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def _model() -> Any:
    return current_app.extensions["session_rows"]


def _account_of(model: Any, lifetime: Lifetime) -> Any:
    row = account_session().scalar(sa.select(model).where(model.digest == this_digest()))
    at = now()
    if row is None or at - row.seen_at > lifetime.idle or at - row.started_at > lifetime.absolute:
        return None
    if at - row.seen_at > TOUCH:
        _touch(model, row.id, at)
    return row.account


def _touch(model: Any, row_id: int, at: datetime) -> None:
    try:
        with transaction() as writing:
            writing.execute(sa.update(model).where(model.id == row_id).values(seen_at=at))
    except sa.exc.SQLAlchemyError as error:
        if not is_outage(error):
            raise
        LOG.warning("a session could not be touched", exc_info=error)  # reading goes on


def _begin(app: Flask, *, user: Any, **_: object) -> None:
    """Give the browser a new row and a new name, so that a planted cookie gains nothing."""
    model, at, before = app.extensions["session_rows"], now(), this_digest()
    session["sid"] = secrets.token_urlsafe(32)
    session.permanent = True  # else Flask drops it some time after the last write, active or not
    row = {
        "digest": this_digest(),
        "started_at": at,
        "seen_at": at,
        "address": request.remote_addr or "",
        "browser": request.user_agent.string[:200],
    }
    over = (model.digest == before) | (model.started_at < at - DAY)

    def write(writing: Session) -> None:
        lockout.forget_failures(writing, user.__class__, user.id)
        writing.execute(sa.delete(model).where(model.account_id == user.id, over))
        writing.execute(sa.insert(model).values(account_id=user.id, **row))

    account_session().at_commit.append(write)


def _end(app: Flask, **_: object) -> None:
    model = app.extensions["session_rows"]
    with transaction() as writing:
        writing.execute(sa.delete(model).where(model.digest == this_digest()))


def _end_all(app: Flask, *, user: Any, **_: object) -> None:
    """Sign out every other browser when the password changes: one of them may be a thief's."""
    model = app.extensions["session_rows"]
    account_session().at_commit.append(
        lambda writing: writing.execute(
            sa.delete(model).where(model.account_id == user.id, model.digest != this_digest())
        )
    )
