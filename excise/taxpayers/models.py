"""Taxpayers, their establishments, and the road to a registration number."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from excise.db import Record
from excise.errors import Conflict, Invalid
from excise.periods import TaxMonth, local_date
from excise.taxpayers.rules import (
    ALTERING,
    ENDING,
    ChangeKind,
    EstablishmentType,
    last_day,
    registration_number,
)


class NotAwaitingDecision(Conflict):
    """Somebody decided it before, or the applicant has it back; facts: `by` and `on`."""

    code = "registration-not-awaiting-decision"


class NotOpenForCorrection(Conflict):
    """The officer asked for no correction, so nothing may be edited now."""

    code = "registration-not-open-for-correction"


class ChangeNotAwaitingDecision(Conflict):
    """Somebody decided or returned it before; facts: `on`."""

    code = "change-not-awaiting-decision"


class Taxpayer(Record):
    """Whoever owes the tax: a company or a person, by the 13-digit number."""

    __tablename__ = "taxpayer"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    tax_id: Mapped[str] = mapped_column(unique=True)
    name_th: Mapped[str]
    created_at: Mapped[datetime]
    name_en: Mapped[str] = mapped_column(default="")


class RegistrationState(enum.StrEnum):
    """Where an application stands."""

    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"


class Registration(Record):
    """One establishment's registration: factory, service place or importer.

    `objections` names each field the officer found wrong, with the reason; only
    those fields may be edited while the application is RETURNED. `closes_on` is its
    last day, None while no end is decided.
    """

    __tablename__ = "registration"
    __table_args__ = (
        UniqueConstraint("taxpayer_id", "establishment_type", "sequence"),
        # The queue of officers, of one state or of all.
        Index("ix_registration_state_submitted_at", "state", "submitted_at", "id", "office_code"),
        Index("ix_registration_submitted_at", "submitted_at", "id", "office_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    reference: Mapped[str] = mapped_column(unique=True)
    submission_id: Mapped[str] = mapped_column(unique=True)
    taxpayer_id: Mapped[int] = mapped_column(ForeignKey("taxpayer.id"), index=True)
    applicant_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    office_code: Mapped[str] = mapped_column(ForeignKey("office.code"))
    establishment_type: Mapped[EstablishmentType]
    name: Mapped[str]
    address: Mapped[str]
    province: Mapped[str]
    postcode: Mapped[str]
    phone: Mapped[str]
    duty_groups: Mapped[list[str]]
    starts_on: Mapped[date]
    submitted_at: Mapped[datetime]
    state: Mapped[RegistrationState] = mapped_column(default=RegistrationState.SUBMITTED)
    sequence: Mapped[int | None] = mapped_column(default=None)
    number: Mapped[str | None] = mapped_column(default=None, unique=True)
    objections: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    closes_on: Mapped[date | None] = mapped_column(default=None)
    taxpayer: Mapped[Taxpayer] = relationship(init=False, lazy="joined")
    steps: Mapped[list[RegistrationStep]] = relationship(
        default_factory=list, order_by="RegistrationStep.id"
    )
    guarantees: Mapped[list[Guarantee]] = relationship(init=False, default_factory=list)
    changes: Mapped[list[Change]] = relationship(
        init=False, default_factory=list, order_by="Change.id", back_populates="registration"
    )
    files: Mapped[list[RegistrationFile]] = relationship(
        init=False, default_factory=list, order_by="RegistrationFile.id"
    )

    @property
    def taxpayer_name(self) -> str:
        """The taxpayer's name, which an application may correct like any field of its own."""
        return self.taxpayer.name_th

    @taxpayer_name.setter
    def taxpayer_name(self, name: str) -> None:
        self.taxpayer.name_th = name

    def approve(self, *, sequence: int, at: datetime) -> str:
        """Give the establishment its 17-digit number."""
        self._require_submitted()
        self.sequence = sequence
        self.number = registration_number(self.taxpayer.tax_id, self.establishment_type, sequence)
        self._move(RegistrationState.APPROVED, at=at)
        self.decided_at = at
        return self.number

    def object_to(self, objections: dict[str, str], *, at: datetime) -> None:
        """Give the application back; the applicant edits only the fields named."""
        self._require_submitted()
        self.objections = dict(objections)
        self._move(RegistrationState.RETURNED, at=at)

    def reject(self, reason: str, *, at: datetime) -> None:
        """End the application with a reason."""
        self._require_submitted()
        self._move(RegistrationState.REJECTED, at=at, note=reason)
        self.decided_at = at

    def correct(self, changes: dict[str, Any], *, at: datetime) -> None:
        """Take the applicant's corrections, of fields objected to and no others."""
        if self.state is not RegistrationState.RETURNED:
            raise NotOpenForCorrection(reference=self.reference)
        if unasked := set(changes) - set(self.objections):
            raise Invalid("field-not-objected-to", field=min(unasked))
        for field, value in changes.items():
            setattr(self, field, value)
        self.objections = {}
        self._move(RegistrationState.SUBMITTED, at=at)

    def days_since_received(self, today: date) -> int:
        """Return how many days the application has been here."""
        return (today - local_date(self.submitted_at)).days

    def is_closed(self, on: date) -> bool:
        """Tell whether its last day lies before a day."""
        return self.closes_on is not None and self.closes_on < on

    def has_guarantee(self, month: date) -> bool:
        """Tell whether a guarantee covers the whole month, so that monthly filing is allowed."""
        return any(guarantee.covers(month) for guarantee in self.guarantees)

    def _require_submitted(self) -> None:
        if self.state is not RegistrationState.SUBMITTED:
            raise NotAwaitingDecision(reference=self.reference, state=self.state.value)

    def _move(self, state: RegistrationState, *, at: datetime, note: str = "") -> None:
        self.state = state
        self.steps.append(RegistrationStep(state=state, at=at, note=note))


class RegistrationStep(Record):
    """One step of an application; what the applicant sees as its history."""

    __tablename__ = "registration_step"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id"), init=False, index=True
    )
    state: Mapped[RegistrationState]
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(default="")


class Guarantee(Record):
    """Security lodged with the Department, which allows filing by the month."""

    __tablename__ = "guarantee"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), index=True)
    document_number: Mapped[str]
    amount_satang: Mapped[int]
    valid_from: Mapped[date]
    valid_until: Mapped[date]

    def covers(self, month: date) -> bool:
        """Tell whether it holds from the first day of the month to its last."""
        whole = TaxMonth.of(month)
        return self.valid_from <= whole.first and whole.last <= self.valid_until


_undecided = text("state in ('submitted', 'returned')")


class Change(Record):
    """A change of a registration that was applied for; one of a kind is undecided at a time.

    `entries` are the new values by field, `before` those they replaced, known from
    `in_effect_since` on. `effective_on` is the day from which it holds; of a closing,
    the last day of business.
    """

    __tablename__ = "registration_change"
    __table_args__ = (
        Index(
            "uq_registration_change_undecided",
            "registration_id",
            "kind",
            unique=True,
            sqlite_where=_undecided,
            postgresql_where=_undecided,
        ),
        Index("ix_registration_change_state", "state", "submitted_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    reference: Mapped[str] = mapped_column(unique=True)
    submission_id: Mapped[str] = mapped_column(unique=True)
    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id"), init=False, index=True
    )
    kind: Mapped[ChangeKind]
    applicant_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    effective_on: Mapped[date]
    entries: Mapped[dict[str, Any]]
    submitted_at: Mapped[datetime]
    registration: Mapped[Registration] = relationship(back_populates="changes", lazy="joined")
    state: Mapped[RegistrationState] = mapped_column(default=RegistrationState.SUBMITTED)
    objections: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    before: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    in_effect_since: Mapped[datetime | None] = mapped_column(default=None)
    steps: Mapped[list[ChangeStep]] = relationship(default_factory=list, order_by="ChangeStep.id")
    files: Mapped[list[RegistrationFile]] = relationship(
        init=False, default_factory=list, order_by="RegistrationFile.id", viewonly=True
    )

    def days_since_received(self, today: date) -> int:
        """Return how many days it has been here."""
        return (today - local_date(self.submitted_at)).days

    def approve(self, *, at: datetime) -> None:
        """Let it hold: an end of the registration is written down now, for its day."""
        self._move(RegistrationState.APPROVED, at=at)
        self.decided_at = at
        if self.kind in ENDING:
            self.registration.closes_on = last_day(self.kind, self.effective_on)
            self.in_effect_since = at

    def take_effect(self, *, at: datetime) -> None:
        """Put the new values into the registration, and keep what they replace."""
        assert self.kind in ALTERING, "an end of the registration has no values"
        self.before = {field: getattr(self.registration, field) for field in self.entries}
        for field, value in self.entries.items():
            setattr(self.registration, field, value)
        self.in_effect_since = at

    def object_to(self, objections: dict[str, str], *, at: datetime) -> None:
        """Give it back; the applicant edits only the fields named."""
        self._move(RegistrationState.RETURNED, at=at)
        self.objections = dict(objections)

    def reject(self, reason: str, *, at: datetime) -> None:
        """End it with a reason."""
        self._move(RegistrationState.REJECTED, at=at, note=reason)
        self.decided_at = at

    def correct(self, entries: dict[str, Any], *, effective_on: date, at: datetime) -> None:
        """Take the applicant's corrections, of fields objected to and no others."""
        if self.state is not RegistrationState.RETURNED:
            raise NotOpenForCorrection(reference=self.reference)
        told = set(entries) | ({"effective_on"} if effective_on != self.effective_on else set())
        if unasked := told - set(self.objections):
            raise Invalid("field-not-objected-to", field=min(unasked))
        self.entries = self.entries | entries
        self.effective_on = effective_on
        self.objections = {}
        self.state = RegistrationState.SUBMITTED
        self.steps.append(ChangeStep(state=self.state, at=at))

    def _move(self, state: RegistrationState, *, at: datetime, note: str = "") -> None:
        if self.state is not RegistrationState.SUBMITTED:
            raise ChangeNotAwaitingDecision(on=self.steps[-1].at)
        self.state = state
        self.steps.append(ChangeStep(state=state, at=at, note=note))


class ChangeStep(Record):
    """One step of a change; what the applicant sees as its history."""

    __tablename__ = "registration_change_step"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    change_id: Mapped[int] = mapped_column(
        ForeignKey("registration_change.id"), init=False, index=True
    )
    state: Mapped[RegistrationState]
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(default="")


class RegistrationFile(Record):
    """A document of an application, or of a change (`change_id`); rows are added, never changed.

    Its bytes lie in the store under their SHA-256.
    """

    __tablename__ = "registration_file"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), index=True)
    change_id: Mapped[int | None] = mapped_column(ForeignKey("registration_change.id"), index=True)
    name: Mapped[str]
    media_type: Mapped[str]
    sha256: Mapped[str]
    size_bytes: Mapped[int]
    added_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime]
