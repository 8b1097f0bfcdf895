"""How officers sign in: invited, never registered, and always with a second factor."""

from datetime import timedelta

from flask import Flask
from flask_login import current_user
from flask_security import Security
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from excise.config import Settings
from excise.db import Record
from excise.errors import NotAllowed
from excise.people.models import Officer
from web.accounts import setup
from web.accounts.columns import AccountColumns, PasskeyColumns, SessionColumns
from web.accounts.sessions import Lifetime

LIFETIME = Lifetime(idle=timedelta(minutes=15))


class OfficerAccount(AccountColumns, Record):
    """The way into the back office of one officer."""

    __tablename__ = "officer_account"

    webauthn: Mapped[list["OfficerPasskey"]] = relationship(
        init=False, back_populates="user", cascade="all, delete-orphan"
    )
    officer: Mapped[Officer | None] = relationship(
        init=False,
        viewonly=True,
        lazy="joined",
        primaryjoin=lambda: foreign(OfficerAccount.person_id) == Officer.person_id,
    )

    @property
    def active(self) -> bool:
        """Whether the account may be used: who leaves the Department is out at the next page."""
        return self.enabled and self.officer is not None and self.officer.active


class OfficerPasskey(PasskeyColumns, Record):
    """A passkey for the back office."""

    __tablename__ = "officer_passkey"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("officer_account.id", ondelete="CASCADE"), index=True, init=False
    )
    user: Mapped[OfficerAccount] = relationship(init=False, back_populates="webauthn")


class OfficerSession(SessionColumns, Record):
    """A browser that is signed in to the back office."""

    __tablename__ = "officer_session"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("officer_account.id", ondelete="CASCADE"), index=True
    )
    account: Mapped[OfficerAccount] = relationship(init=False, lazy="joined", innerjoin=True)


def officer() -> Officer:
    """Return the officer who is signed in; raises NotAllowed when nobody is."""
    found: Officer | None = getattr(current_user, "officer", None)
    if found is None:
        raise NotAllowed("permission-missing", permission="officer")
    return found


def may(permission: str) -> bool:
    """Tell whether the officer who is signed in has the permission."""
    found: Officer | None = getattr(current_user, "officer", None)
    return found is not None and found.may(permission)


def init_app(app: Flask, settings: Settings) -> Security:
    """Let officers in with two factors; nobody registers here."""
    return setup.init_app(
        app,
        site="backoffice",
        settings=settings,
        account=OfficerAccount,
        passkey=OfficerPasskey,
        session_row=OfficerSession,
        lifetime=LIFETIME,
        TWO_FACTOR_REQUIRED=True,
        TWO_FACTOR_ALWAYS_VALIDATE=True,
        WAN_ALLOW_AS_FIRST_FACTOR=False,
    )
