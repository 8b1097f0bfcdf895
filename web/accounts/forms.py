"""Where Flask-Security's forms fall short: a name at registration, locks at every door."""

from typing import Any

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_security import RegisterFormV2, hash_password
from flask_security.forms import (
    ForgotPasswordForm,
    TwoFactorRescueForm,
    TwoFactorSetupForm,
    TwoFactorVerifyCodeForm,
    VerifyForm,
)
from flask_security.recovery_codes import MfRecoveryForm
from flask_security.tf_plugin import TwoFactorSelectForm
from flask_security.webauthn import WebAuthnRegisterForm
from wtforms import HiddenField, StringField
from wtforms.validators import AnyOf, InputRequired, Length


class Registration(RegisterFormV2):
    """A new account asks for the person's name; letters and papers carry it."""

    name = StringField(
        validators=[
            InputRequired(_("Enter your first and last name")),
            Length(max=200),
        ],
        filters=[lambda value: " ".join(value.split()) if value else value],
    )

    def to_dict(self, only_user: bool) -> dict[str, Any]:
        """Hand the name on with what the account itself keeps."""
        return {**super().to_dict(only_user), "name": self.name.data}


class _Lockable:
    """Refuses while the account is locked, whatever was typed."""

    user: Any
    errors_on: str

    def validate(self, **kwargs: Any) -> bool:
        if request.method == "POST" and self.user is not None and self.user.is_locked():
            field = getattr(self, self.errors_on)
            field.errors = [gettext("Too many wrong tries. Try again in 15 minutes.")]
            return False
        return bool(super().validate(**kwargs))  # type: ignore[misc]  # a mixin


class Code(_Lockable, TwoFactorVerifyCodeForm):
    """The code of the authenticator app."""

    errors_on = "code"

    def validate(self, **kwargs: Any) -> bool:
        """Accept the code with the spaces that apps show in it."""
        self.code.data = "".join((self.code.data or "").split())
        return super().validate(**kwargs)


class RecoveryCode(_Lockable, MfRecoveryForm):
    """One of the codes on paper; a wrong one counts as a wrong password does."""

    errors_on = "code"

    def validate(self, **kwargs: Any) -> bool:
        """Accept the code in capitals and with spaces too."""
        self.code.data = "".join((self.code.data or "").lower().split())
        good = super().validate(**kwargs)
        if not good and self.code.data and not self.user.is_locked():
            self.user.track_failed_authn("recovery code", True)
        return good


class PasswordAgain(_Lockable, VerifyForm):
    """The password once more, before something that matters."""

    errors_on = "password"


class Forgotten(ForgotPasswordForm):
    """Asking for a new password takes the same time whether the address is known or not."""

    def validate(self, **kwargs: Any) -> bool:
        """Hash as the view does for an address that nobody has."""
        good = bool(super().validate(**kwargs))
        if good:
            hash_password("the same work as for an unknown address")
        return good


class _Choice(HiddenField):
    """Chosen by which button is pressed: our pages have no radio buttons for it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices: list[Any] = []  # the views write here what they would offer


class SecondFactor(TwoFactorSetupForm):
    """Set up the app, or stop using it."""

    setup = _Choice()


class SecondFactorChoice(TwoFactorSelectForm):
    """The app or a passkey."""

    which = _Choice()


class Rescue(TwoFactorRescueForm):
    """A recovery code is the only way round the app; nobody is let in by asking."""

    help_setup = _Choice(validators=[AnyOf(["recovery_code"])])


class NewPasskey(WebAuthnRegisterForm):
    """A passkey for what this site uses passkeys for."""

    usage = HiddenField(default="secondary", validators=[AnyOf(["first", "secondary"])])
