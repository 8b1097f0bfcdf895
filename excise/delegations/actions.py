"""Let people act for a taxpayer, change what they may do, end it.

A delegation never changes: another takes its place, so that it can always be told who
was allowed what on a day.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise import audit, mail
from excise.db import lock
from excise.delegations.models import Invitation
from excise.delegations.queries import (
    acting_for,
    delegation,
    delegation_to_change,
    duty_groups_of,
    invitation_sent,
    invitation_to,
    managed_taxpayer,
)
from excise.errors import Conflict, Invalid, NotAllowed, NotFound
from excise.people.models import Delegation, Person
from excise.people.rules import Right
from excise.periods import local_date
from excise.taxpayers.models import Taxpayer

DAYS_TO_ACCEPT = 14


class LastManager(Conflict):
    """Nobody would be left who decides who may act for the taxpayer."""

    code = "last-manager"


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What somebody shall be allowed; to see comes with everything.

    `duty_groups` empty means all of them; `until` is the last day.
    """

    rights: list[str]
    duty_groups: list[str]
    until: date | None

    def stored(self) -> dict[str, Any]:
        """Return it as delegations and invitations keep it."""
        rights = [right.value for right in Right if right in {*self.rights, Right.VIEW}]
        return {"rights": rights, "duty_groups": sorted(self.duty_groups), "until": self.until}


def invite(
    session: Session,
    grant: Grant,
    *,
    tax_id: str,
    email: str,
    person_id: int,
    submission_id: str,
    page: str,
    at: datetime,
) -> Invitation:
    """Offer a grant to whoever has an e-mail address, by a letter that leads to `page`.

    The same submission again returns the original; an open invitation to the same address
    is replaced. Raises NotFound and NotAllowed as `managed_taxpayer`, Invalid as `_check`
    or `delegate-yourself`.
    """
    today = local_date(at)
    lock(session, f"taxpayer:{tax_id}")
    taxpayer = managed_taxpayer(session, tax_id, person_id=person_id, on=today)
    earlier = sa.select(Invitation).where(Invitation.submission_id == submission_id)
    if (sent := session.scalar(earlier.where(Invitation.invited_by == person_id))) is not None:
        return sent
    inviter, address = session.get_one(Person, person_id), email.strip().lower()
    if address == inviter.email:
        raise Invalid("delegate-yourself", field="email")
    _check(session, grant, taxpayer.id, today)
    _close_open(session, taxpayer.id, address, at=at)
    sent = Invitation(
        submission_id=submission_id,
        taxpayer_id=taxpayer.id,
        email=address,
        invited_by=person_id,
        invited_at=at,
        expires_on=today + timedelta(days=DAYS_TO_ACCEPT),
        **grant.stored(),
    )
    session.add(sent)
    session.flush()  # its letter is known by its id
    facts = {"name": inviter.name, "taxpayer": taxpayer.name_th, "page": page}
    facts |= {"expires_on": sent.expires_on.isoformat()}
    key = f"invitation:{sent.id}"
    mail.tell(session, to=address, template="delegation_invited", facts=facts, key=key, at=at)
    _log(session, "delegation.invite", taxpayer, person_id, at=at, to=address, grant=grant)
    return sent


def accept(session: Session, *, invitation_id: int, person_id: int, at: datetime) -> Delegation:
    """Take up an invitation; raises NotFound when it is not open or for somebody else.

    Raises Conflict `invitation-void` when who invited may no longer decide.
    """
    today = local_date(at)
    found = invitation_to(session, invitation_id, person_id=person_id, on=today, for_update=True)
    try:
        managed_taxpayer(session, found.taxpayer.tax_id, person_id=found.invited_by, on=today)
    except (NotFound, NotAllowed) as error:
        raise Conflict("invitation-void") from error
    grant = Grant(rights=found.rights, duty_groups=found.duty_groups, until=found.until)
    made = Delegation(
        person_id=person_id,
        taxpayer_id=found.taxpayer_id,
        granted_at=at,
        granted_by=found.invited_by,
        **grant.stored(),
    )
    session.add(made)
    session.flush()  # the invitation names it
    found.closed_at, found.delegation_id = at, made.id
    _tell(session, "accepted", made, found.taxpayer, to=found.inviter, who=person_id, at=at)
    _log(session, "delegation.accept", found.taxpayer, person_id, at=at, grant=grant)
    return made


def decline(session: Session, *, invitation_id: int, person_id: int, at: datetime) -> None:
    """Turn an invitation down; raises NotFound when it is not open or for somebody else."""
    on = local_date(at)
    found = invitation_to(session, invitation_id, person_id=person_id, on=on, for_update=True)
    found.closed_at = at
    _log(session, "delegation.decline", found.taxpayer, person_id, at=at)


def withdraw(session: Session, *, invitation_id: int, person_id: int, at: datetime) -> None:
    """Take an invitation back; raises NotFound when it is not open or not theirs to decide."""
    on = local_date(at)
    found = invitation_sent(session, invitation_id, person_id=person_id, on=on, for_update=True)
    found.closed_at = at
    _log(session, "delegation.withdraw", found.taxpayer, person_id, at=at, to=found.email)


def change(
    session: Session, grant: Grant, *, delegation_id: int, person_id: int, at: datetime
) -> Delegation:
    """Put another delegation in the place of one, from this moment on.

    Raises NotFound, NotAllowed, Invalid as `_check`, LastManager.
    """
    today = local_date(at)
    old = delegation_to_change(
        session, delegation_id, person_id=person_id, on=today, for_update=True
    )
    taxpayer = _alone(session, old)
    _check(session, grant, taxpayer.id, today)
    if Right.MANAGE not in grant.rights:
        _keep_a_manager(session, old, today)
    old.revoked_at = at
    made = Delegation(
        person_id=old.person_id,
        taxpayer_id=old.taxpayer_id,
        granted_at=at,
        granted_by=person_id,
        **grant.stored(),
    )
    session.add(made)
    session.flush()  # its letter is known by its id
    holder = session.get_one(Person, made.person_id)
    _tell(session, "changed", made, taxpayer, to=holder, who=person_id, at=at)
    _log(session, "delegation.change", taxpayer, person_id, at=at, of=holder.id, grant=grant)
    return made


def end(session: Session, *, delegation_id: int, person_id: int, at: datetime) -> None:
    """End a delegation from this moment on, as its holder or as who decides.

    Raises NotFound, NotAllowed, LastManager.
    """
    today = local_date(at)
    found = delegation(session, delegation_id, person_id=person_id, on=today, for_update=True)
    taxpayer = _alone(session, found)
    _keep_a_manager(session, found, today)
    found.revoked_at = at
    other = found.granted_by if found.person_id == person_id else found.person_id
    receiver = session.get_one(Person, other)
    _tell(session, "ended", found, taxpayer, to=receiver, who=person_id, at=at)
    _log(session, "delegation.end", taxpayer, person_id, at=at, of=found.person_id)


def _alone(session: Session, of: Delegation) -> Taxpayer:
    taxpayer = session.get_one(Taxpayer, of.taxpayer_id)
    lock(session, f"taxpayer:{taxpayer.tax_id}")
    return taxpayer


def _check(session: Session, grant: Grant, taxpayer_id: int, today: date) -> None:
    """Raise Invalid when a grant cannot be.

    Its reasons are `manager-unlimited`, `duty-group-not-registered` and `until-past`.
    """
    if Right.MANAGE in grant.rights and (grant.duty_groups or grant.until):
        raise Invalid("manager-unlimited", field="rights")
    if set(grant.duty_groups) - set(duty_groups_of(session, taxpayer_id)):
        raise Invalid("duty-group-not-registered", field="duty_groups")
    if grant.until is not None and grant.until < today:
        raise Invalid("until-past", field="until")


def _keep_a_manager(session: Session, leaving: Delegation, today: date) -> None:
    others = [row for row, _ in acting_for(session, leaving.taxpayer_id, on=today)]
    managers = {row.id for row in others if row.allows(Right.MANAGE, on=today)}
    if managers == {leaving.id}:
        raise LastManager


def _close_open(session: Session, taxpayer_id: int, email: str, *, at: datetime) -> None:
    session.execute(
        sa.update(Invitation)
        .where(
            Invitation.taxpayer_id == taxpayer_id,
            Invitation.email == email,
            Invitation.closed_at.is_(None),
        )
        .values(closed_at=at)
    )


def _tell(
    session: Session,
    what: str,
    about: Delegation,
    taxpayer: Taxpayer,
    *,
    to: Person,
    who: int,
    at: datetime,
) -> None:
    mail.tell(
        session,
        to=to.email,
        template=f"delegation_{what}",
        facts={"name": session.get_one(Person, who).name, "taxpayer": taxpayer.name_th},
        key=f"delegation-{what}:{about.id}:{to.id}",
        at=at,
    )


def _log(
    session: Session,
    act: str,
    taxpayer: Taxpayer,
    person_id: int,
    *,
    at: datetime,
    grant: Grant | None = None,
    **facts: Any,
) -> None:
    told = grant.stored() if grant else {}
    if told:
        told["until"] = grant.until.isoformat() if grant and grant.until else None
    subject, actor = f"taxpayer:{taxpayer.tax_id}", f"person:{person_id}"
    audit.record(session, actor=actor, act=act, subject=subject, at=at, **facts, **told)
