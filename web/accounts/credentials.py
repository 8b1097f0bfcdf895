"""What makes a password or a code good enough, beyond what Flask-Security checks."""

import re
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_security import PasswordUtil
from flask_security.totp import Totp as TotpBase
from passlib.exc import UsedTokenError

from web.db import transaction

# What people choose when they must have twelve characters (NIST 800-63B-4: compare with a
# list, ask for no mixture of kinds). Compared after digits and signs at both ends are cut.
_LIST = """
password passwordpassword adminadmin administrator iloveyou iloveyouforever letmeinletmein
qwertyuiop qwertyqwerty welcomewelcome changeme changemeplease princess sunshine football
correcthorsebatterystaple secretsecret masterpassword excise excisedepartment excisetax
sanpasamit sapphasamit thailand bangkok sawasdee sawatdee sawasdeekrub sawasdeeka
"""
COMMON = frozenset(_LIST.split())
RUNS = "abcdefghijklmnopqrstuvwxyz 0123456789012345 qwertyuiopasdfghjklzxcvbnm 1q2w3e4r5t6y7u8i9o0p"


def is_easy(password: str, known: set[str]) -> bool:
    """Tell whether a password is on everybody's list or made of what is known of the person.

    >>> is_easy("Password123456", set()), is_easy("abcabcabcabc", set())
    (True, True)
    >>> is_easy("somchai-2569!", {"somchai"}), is_easy("three quiet elephants", set())
    (True, False)
    """
    plain = password.casefold()
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    repeated = re.fullmatch(r"(.{1,6}?)\1+.{0,5}", plain, re.DOTALL)
    run = plain in RUNS or plain[::-1] in RUNS
    return bool(repeated) or run or core in COMMON or core in known or plain.isdigit()


class Passwords(PasswordUtil):
    """Twelve characters or more, any characters, and not an easy guess."""

    def validate(
        self, password: str, is_register: bool, **kwargs: Any
    ) -> tuple[list[str] | None, str]:
        """Return what is wrong with a new password, if anything, and its normal form."""
        wrong, normal = super().validate(password, is_register, **kwargs)
        if not wrong and is_easy(normal, _known_of(kwargs)):
            wrong = [gettext("This password is easy to guess. Choose another one.")]
        return wrong, normal


def _known_of(facts: dict[str, Any]) -> set[str]:
    person = facts["user"].person if "user" in facts else None
    email = person.email if person else facts.get("email") or ""
    name = person.name if person else facts.get("name") or ""
    words = [email, email.partition("@")[0], *name.split()]
    return {word.casefold() for word in words if len(word) > 3}


class Codes(TotpBase):
    """Codes of an authenticator app, each taken once."""

    def seal(self, key: str) -> str:
        """Return a base32 key as the account keeps it, encrypted."""
        return str(self._totp(key, format="base32").to_json(encrypt=True))

    def get_last_counter(self, user: Any) -> int | None:
        """Return the number of the last code that the person used."""
        return user.totp_counter or None

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        """Use the code up; of two requests with the same code one is refused."""
        account = user.__class__  # not type(): Flask hands us a stand-in
        use = (
            sa.update(account)
            .where(account.id == user.id, account.totp_counter < tmatch.counter)
            .values(totp_counter=tmatch.counter)
            .execution_options(synchronize_session=False)
        )
        with transaction() as session:
            if session.scalar(use.returning(account.id)) is None:
                raise UsedTokenError
