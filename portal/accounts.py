"""How taxpayers' people sign in."""

from datetime import timedelta

from flask import Flask
from flask_login import current_user
from flask_security import Security
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from excise.config import Settings
from excise.db import Record
from excise.errors import NotAllowed, NotFound
from excise.people.rules import Right
from excise.taxpayers.models import Registration
from excise.taxpayers.queries import require_right_at
from web.accounts import setup
from web.accounts.columns import AccountColumns, PasskeyColumns, SessionColumns
from web.accounts.sessions import Lifetime
from web.clock import today
from web.db import reading

LIFETIME = Lifetime(idle=timedelta(minutes=30))


class TaxpayerAccount(AccountColumns, Record):
    """The way into the portal of one person, for whichever businesses they act."""

    __tablename__ = "taxpayer_account"

    webauthn: Mapped[list["TaxpayerPasskey"]] = relationship(
        init=False, back_populates="user", cascade="all, delete-orphan"
    )


class TaxpayerPasskey(PasskeyColumns, Record):
    """A passkey for the portal."""

    __tablename__ = "taxpayer_passkey"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("taxpayer_account.id", ondelete="CASCADE"), index=True, init=False
    )
    user: Mapped[TaxpayerAccount] = relationship(init=False, back_populates="webauthn")


class TaxpayerSession(SessionColumns, Record):
    """A browser that is signed in to the portal."""

    __tablename__ = "taxpayer_session"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("taxpayer_account.id", ondelete="CASCADE"), index=True
    )
    account: Mapped[TaxpayerAccount] = relationship(init=False, lazy="joined", innerjoin=True)


def may(right: str, registration: Registration) -> bool:
    """Tell whether the person who is signed in has the right for an establishment, today."""
    if not current_user.is_authenticated:
        return False
    try:
        require_right_at(
            reading(),
            registration,
            person_id=current_user.person_id,
            right=Right(right),
            on=today(),
        )
    except (NotFound, NotAllowed):
        return False
    return True


def init_app(app: Flask, settings: Settings) -> Security:
    """Let anybody register; a second factor is theirs to choose."""
    return setup.init_app(
        app,
        site="portal",
        settings=settings,
        account=TaxpayerAccount,
        passkey=TaxpayerPasskey,
        session_row=TaxpayerSession,
        lifetime=LIFETIME,
        REGISTERABLE=True,
        CONFIRMABLE=True,
        POST_REGISTER_VIEW="security.login",
        POST_CONFIRM_VIEW="security.login",
    )
