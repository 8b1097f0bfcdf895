"""Passkeys: of any kind of device, and always with the person's finger, face or PIN."""

from typing import Any

from flask_security import WebauthnUtil
from flask_security.webauthn import WebAuthnSigninResponseForm
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from wtforms import HiddenField


class Passkeys(WebauthnUtil):
    """Flask-Security asks for separate keys only, which shuts out phones and Windows Hello."""

    def authenticator_selection(self, user: Any, usage: str) -> AuthenticatorSelectionCriteria:
        """Return what a new passkey must be able to do."""
        return AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        )

    def user_verification(self, user: Any, usage: list[str]) -> UserVerificationRequirement:
        """Ask the device to check the person at each sign-in."""
        return UserVerificationRequirement.REQUIRED


class PasskeySignIn(WebAuthnSigninResponseForm):
    """Never stay signed in for a year: 5.9.2 reads the hidden text "False" as true."""

    remember = HiddenField(filters=[lambda value: ""])
