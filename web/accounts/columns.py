"""What an account, a session and a passkey keep; each site has tables of its own."""

import uuid
from datetime import datetime

from flask import current_app
from flask_security import UserMixin, WebAuthnMixin
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, MappedAsDataclass, declared_attr, mapped_column, relationship

from excise.people.models import Person
from web.accounts import lockout
from web.clock import now


def new_handle() -> str:
    """Return a random name that says nothing about the person."""
    return uuid.uuid4().hex


class AccountColumns(UserMixin, MappedAsDataclass, kw_only=True, eq=False, repr=False):
    """How one person signs in at one site; who the person is stands in the domain."""

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True, init=False)
    password: Mapped[str | None]
    enabled: Mapped[bool] = mapped_column(default=True)
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)
    fs_uniquifier: Mapped[str] = mapped_column(unique=True, default_factory=new_handle)
    fs_webauthn_user_handle: Mapped[str] = mapped_column(unique=True, default_factory=new_handle)
    tf_primary_method: Mapped[str | None] = mapped_column(default=None)
    tf_totp_secret: Mapped[str | None] = mapped_column(default=None)
    totp_counter: Mapped[int] = mapped_column(default=0)
    mf_recovery_codes: Mapped[list[str]] = mapped_column(default_factory=list)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(default=None)
    version: Mapped[int] = mapped_column(init=False)

    @declared_attr
    def person(cls) -> Mapped[Person]:  # noqa: N805
        """The human being behind the account."""
        return relationship(lazy="joined", innerjoin=True)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, object]:  # noqa: N805
        # Two changes of one account at once: the second is told, not silently lost.
        return {"version_id_col": cls.version}

    @property
    def email(self) -> str:
        """The address that the person signs in with."""
        return self.person.email

    @property
    def active(self) -> bool:
        """Whether the account may be used at all."""
        return self.enabled

    @property
    def roles(self) -> list[object]:
        """Nothing: rights and roles are the domain's (excise.people)."""
        return []

    def is_locked(self, form_error: list[str] | None = None) -> bool:
        """Tell whether too many wrong tries have closed the account for a while."""
        return self.locked_until is not None and self.locked_until > now()

    def track_failed_authn(self, auth_type: str, tfa: bool = False) -> None:
        """Count a wrong password or code, at once and whatever becomes of the request."""
        settings = current_app.extensions["settings"]
        lockout.count_failure(type(self), self.id, limit=settings.lock_after_failures, at=now())
        super().track_failed_authn(auth_type, tfa)


class SessionColumns(MappedAsDataclass, kw_only=True, eq=False, repr=False):
    """One signed-in browser. Without this row its cookie is worth nothing."""

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    digest: Mapped[str] = mapped_column(unique=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    address: Mapped[str]
    browser: Mapped[str]


class PasskeyColumns(WebAuthnMixin, MappedAsDataclass, kw_only=True, eq=False, repr=False):
    """A public key whose private half never leaves the person's device."""

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int]
    backup_state: Mapped[bool]
    device_type: Mapped[str]
    lastuse_datetime: Mapped[datetime]
    name: Mapped[str]
    usage: Mapped[str]
    transports: Mapped[list[str]] = mapped_column(default_factory=list)
    extensions: Mapped[str | None] = mapped_column(default=None)
    create_datetime: Mapped[datetime] = mapped_column(default_factory=now)
