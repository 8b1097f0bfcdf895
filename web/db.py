"""The database, as one request sees it."""

import logging
from contextlib import AbstractContextManager
from typing import cast

import sqlalchemy as sa
from flask import Flask, current_app, g
from sqlalchemy.orm import Session

from excise.db import Database, is_outage

LOG = logging.getLogger("excise.web")


def database() -> Database:
    """Return the database of this site."""
    return cast(Database, current_app.extensions["database"])


def reading() -> Session:
    """Return this request's session for reading; nothing written in it is ever kept."""
    if "reading" not in g:
        g.reading = database().reading()
    return cast(Session, g.reading)


def transaction() -> AbstractContextManager[Session]:
    """Open a fresh session for one change: commit on leaving, roll back on any error.

    >>> with transaction() as session:  # doctest: +SKIP
    ...     file_return(session, return_id=7, taxpayer_id=1, at=now())
    """
    return database().transaction()


def init_app(app: Flask, database: Database) -> None:
    """Give the app its database, and end each request's reading."""
    app.extensions["database"] = database
    app.teardown_appcontext(_close)


def _close(_error: BaseException | None) -> None:
    for name in ("reading", "account_session"):
        if name in g:
            _close_one(g.pop(name))


def _close_one(session: Session) -> None:
    try:
        session.close()
    except sa.exc.DBAPIError as error:
        if not is_outage(error):
            raise
        # The answer is ready and right: a commit that failed would have raised before.
        LOG.warning("database went away after the answer", exc_info=error)
