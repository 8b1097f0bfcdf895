"""Where Flask-Security keeps accounts: our tables, and the write lock held for a blink only."""

from collections.abc import Callable
from typing import Any, cast

import sqlalchemy as sa
from flask import current_app, g
from flask_security import hash_password
from flask_security.datastore import SQLAlchemyUserDatastore
from sqlalchemy.orm import Session, contains_eager

from excise.db import Database
from excise.people.models import Person
from web.clock import now
from web.db import database


class AccountSession(Session):
    """Reads as a reader and takes the write lock only inside `commit`.

    Hashing a password takes a twentieth of a second; SQLite has one write lock
    for everybody. So changes wait in memory until Flask-Security commits, which
    it does at the end of its own views and nowhere else.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(autoflush=False)
        self._database = database
        self._reader = database.reading().get_bind()
        self._writing = False
        self.at_commit: list[Callable[[Session], object]] = []

    def get_bind(self, *_: Any, **__: Any) -> Any:
        """Return the reader's engine, in `commit` the writer's."""
        return self._database.engine if self._writing else self._reader

    def commit(self) -> None:
        """Write all that waits, in one transaction; on failure nothing of it is kept."""
        waiting, self.at_commit = self.at_commit, []
        if not (waiting or self.new or self.dirty or self.deleted):
            return
        self._writing = True
        try:
            for write in waiting:
                write(self)
            super().commit()
        except BaseException:
            self.rollback()
            raise
        finally:
            self._writing = False


def account_session() -> AccountSession:
    """Return this request's session of accounts; no view of ours commits it."""
    if "account_session" not in g:
        g.account_session = AccountSession(database())
    return cast(AccountSession, g.account_session)


class _Sessions:
    """What Flask-Security calls `db`."""

    @property
    def session(self) -> AccountSession:
        return account_session()


class AccountStore(SQLAlchemyUserDatastore):
    """Flask-Security's questions, answered from our tables."""

    def __init__(self, account: Any, passkey: Any) -> None:
        super().__init__(_Sessions(), account, None, passkey)

    def find_user(self, case_insensitive: bool = False, **wanted: Any) -> Any:
        """Return the account, or None; an e-mail address is the person's, in any case."""
        column, value = wanted.popitem()
        known = g.get("account")
        if known is not None and getattr(known, column, None) == value:
            return known
        query = sa.select(self.user_model)
        if column == "email":
            query = query.join(self.user_model.person).where(_has_email(value))
            query = query.options(contains_eager(self.user_model.person))
        else:
            query = query.where(getattr(self.user_model, column) == value)
        return self.db.session.scalar(query)

    def create_user(self, *, email: str, password: str, name: str = "", **_: Any) -> Any:
        """Add an account, and the person unless the Department knows them already."""
        session = self.db.session
        person = session.scalar(sa.select(Person).where(_has_email(email)))
        person = person or Person(name=name, email=email, created_at=now())
        return self.put(self.user_model(person=person, password=password))

    def mf_delete_recovery_code(self, user: Any, idx: int) -> bool:
        """Strike out a used code; a new list, because JSON columns see only those."""
        user.mf_recovery_codes = [
            code for place, code in enumerate(user.mf_recovery_codes) if place != idx
        ]
        return True


def _has_email(address: str) -> sa.ColumnElement[bool]:
    return sa.func.lower(Person.email) == address.lower()


def open_account(
    session: Session, account: Any, *, person: Person, password: str, totp_key: str | None = None
) -> Any:
    """Add a confirmed account for a person, for the command line and for demo data.

    Needs the context of the site's app, whose secrets seal the password and the
    key of the authenticator app (base32).
    """
    row = account(person=person, password=hash_password(password), confirmed_at=now())
    if totp_key:
        row.tf_primary_method = "authenticator"
        row.tf_totp_secret = current_app.extensions["security"].totp_factory.seal(totp_key)
    session.add(row)
    return row
