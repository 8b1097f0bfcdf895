"""Flask-Security, set to our rules, once for each site."""

import base64
from datetime import timedelta
from typing import Any

from cryptography.fernet import Fernet
from flask import Flask
from flask_babel import lazy_gettext as _
from flask_limiter import Limiter
from flask_security import Security

from excise.config import Settings
from web import access
from web.accounts import failures, forms, sessions, views
from web.accounts.credentials import Codes, Passwords
from web.accounts.mail import Letters
from web.accounts.passkeys import Passkeys, PasskeySignIn
from web.accounts.store import AccountStore
from web.clock import now
from web.i18n import TRANSLATIONS

PAGES = {
    "LOGIN_USER": "login",
    "LOGOUT_USER": "logout",
    "REGISTER_USER": "register",
    "SEND_CONFIRMATION": "send_confirmation",
    "FORGOT_PASSWORD": "forgot_password",
    "RESET_PASSWORD": "reset_password",
    "CHANGE_PASSWORD": "change_password",
    "VERIFY": "verify",
    "TWO_FACTOR_SETUP": "two_factor_setup",
    "TWO_FACTOR_VERIFY_CODE": "two_factor_token_validation",
    "TWO_FACTOR_SELECT": "tf_select",
    "MULTI_FACTOR_RECOVERY_CODES": "mf_recovery_codes",
    "MULTI_FACTOR_RECOVERY": "mf_recovery",
    "WAN_REGISTER": "wan_register",
    "WAN_SIGNIN": "wan_signin",
    "WAN_VERIFY": "wan_verify",
}
SALTS = (
    *("CONFIRM", "RESET", "LOGIN", "CHANGE", "REMEMBER", "CHANGE_EMAIL", "REFRESH_TOKEN"),
    *("TWO_FACTOR_VALIDITY", "TWO_FACTOR_SETUP", "WAN", "US_SETUP"),
)
# Every page that takes a password or a code, so that guessing is slow from one address.
CREDENTIALS = (
    *("login", "verify", "register", "forgot_password", "reset_password", "change_password"),
    *("send_confirmation", "two_factor_token_validation", "mf_recovery"),
    *("wan_signin", "wan_signin_response", "wan_verify", "wan_verify_response"),
)
# What a visitor who is not signed in must be able to open.
PUBLIC = tuple(
    f"security.{name}"
    for name in (
        *CREDENTIALS[:1],
        *("register", "forgot_password", "reset_password", "send_confirmation", "confirm_email"),
        *("two_factor_setup", "two_factor_token_validation", "two_factor_rescue", "tf_select"),
        *("mf_recovery", "wan_signin", "wan_signin_response", "logout", "static"),
    )
)
SETTINGS: dict[str, Any] = {
    "URL_PREFIX": "/account",
    "LOGIN_URL": "/sign-in",
    "LOGOUT_URL": "/sign-out",
    "LOGOUT_METHODS": ["POST"],
    "API_ENABLED_METHODS": ["session"],
    "EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},  # no DNS inside a request
    "EMAIL_PLAINTEXT": False,  # web.accounts.mail renders our own letters
    "EMAIL_HTML": False,
    "RETURN_GENERIC_RESPONSES": True,  # nobody learns who has an account
    "USER_IDENTITY_ATTRIBUTES": [
        {"email": {"mapper": lambda text: text.strip().lower(), "case_insensitive": True}}
    ],
    "JOIN_USER_ROLES": False,
    "DATETIME_FACTORY": now,
    # OWASP's floor for argon2id; the library's 64 MiB x 3 took 300 ms here, this 60.
    "PASSWORD_HASH_PASSLIB_OPTIONS": {
        "argon2__memory_cost": 19456,
        "argon2__rounds": 2,
        "argon2__parallelism": 1,
    },
    # What ties a signed letter to its account. The library's default takes half a second, and
    # only for a known address, which tells a visitor with a watch who has an account.
    "HASHING_SCHEMES": ["hex_sha256"],
    "PASSWORD_LENGTH_MIN": 12,
    "PASSWORD_CONFIRM_REQUIRED": False,  # the page can show what was typed
    "PASSWORD_NORMALIZE_FORM": "NFC",  # NFKC and NFKD split SARA AM in two
    "INPUT_NORMALIZE_FORM": "NFC",
    "USE_REGISTER_V2": True,
    "CHANGEABLE": True,
    "RECOVERABLE": True,
    "RESET_PASSWORD_WITHIN": timedelta(hours=2),
    "POST_RESET_VIEW": "security.login",
    "POST_CHANGE_VIEW": "account.index",
    "TWO_FACTOR": True,
    "TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
    "TWO_FACTOR_AUTHENTICATOR_VALIDITY": 60,
    "TWO_FACTOR_RESCUE_EMAIL": False,
    "TWO_FACTOR_POST_SETUP_VIEW": "account.index",
    "MULTI_FACTOR_RECOVERY_CODES": True,
    "MULTI_FACTOR_RECOVERY_CODES_N": 8,
    "WEBAUTHN": True,
    "WAN_ALLOW_USER_HINTS": False,
    "WAN_POST_REGISTER_VIEW": "account.index",
    # "M": Thai vowels and tone marks are combining marks; the default refuses them.
    "WAN_NAME_ALLOWED_CHARS": ["L", "M", "N", "P", "Zs"],
    "FRESHNESS": access.FRESH,
    "FRESHNESS_GRACE_PERIOD": timedelta(0),
    "POST_LOGIN_VIEW": "home.index",
    "POST_LOGOUT_VIEW": "home.index",
    "SCRIPT_NONCE_KEY": "csp_nonce",
    "I18N_DIRNAME": ["builtin", str(TRANSLATIONS)],
    # That the code was right is plain from being let in: the layout shows no "quiet" message.
    "MSG_TWO_FACTOR_LOGIN_SUCCESSFUL": (_("The code is right."), "quiet"),
    "MSG_REAUTHENTICATION_SUCCESSFUL": (_("Thank you, you can go on."), "quiet"),
    "MSG_GENERIC_AUTHN_FAILED": (
        _(
            "The e-mail address or the password is wrong, the address is not confirmed yet, "
            "or the account is locked for 15 minutes after too many tries."
        ),
        "error",
    ),
}


def init_app(
    app: Flask,
    *,
    site: str,
    settings: Settings,
    account: Any,
    passkey: Any,
    session_row: Any,
    lifetime: sessions.Lifetime,
    **chosen: object,
) -> Security:
    """Let the people of one site sign in; `chosen` are Flask-Security's settings of this site."""
    secret = settings.secret(f"{site}-accounts")
    options = {
        **SETTINGS,
        **{f"{name}_TEMPLATE": f"shared/security/{page}.html" for name, page in PAGES.items()},
        **{f"{name}_SALT": f"{site}-{name}" for name in SALTS},
        "PASSWORD_SALT": secret.hex(),
        "TOTP_SECRETS": {"1": base64.b64encode(secret).decode()},
        "TOTP_ISSUER": f"Excise {site}",
        "MULTI_FACTOR_RECOVERY_CODES_KEYS": [_fernet_key(settings, site)],
        "TWO_FACTOR_VALIDITY_COOKIE_NAME": f"{site}_second_factor",
        "WAN_RP_NAME": f"Excise {site}",
        **chosen,
    }
    app.config.update({f"SECURITY_{name}": value for name, value in options.items()})
    sessions.init_app(app, model=session_row, lifetime=lifetime)
    security = Security(
        app,
        AccountStore(account, passkey),
        register_form=forms.Registration,
        forgot_password_form=forms.Forgotten,
        verify_form=forms.PasswordAgain,
        two_factor_setup_form=forms.SecondFactor,
        two_factor_select_form=forms.SecondFactorChoice,
        two_factor_verify_code_form=forms.Code,
        two_factor_rescue_form=forms.Rescue,
        mf_recovery_form=forms.RecoveryCode,
        wan_register_form=forms.NewPasskey,
        wan_signin_response_form=PasskeySignIn,
        mail_util_cls=Letters,
        password_util_cls=Passwords,
        totp_cls=Codes,
        webauthn_util_cls=Passkeys,
    )
    security.unauthn_handler(access.ask_to_sign_in)
    security.reauthn_handler(access.ask_again)
    failures.init_app(app, site)
    app.register_blueprint(views.bp)
    _limit_guessing(app, app.extensions["rate_limits"], settings.sign_in_limit)
    return security


def _limit_guessing(app: Flask, limiter: Limiter, limit: str) -> None:
    limited = limiter.shared_limit(limit, scope="sign-in", methods=["POST"])
    for name in CREDENTIALS:
        endpoint = f"security.{name}"
        if endpoint in app.view_functions:
            view: Any = limited(app.view_functions[endpoint])
            app.view_functions[endpoint] = view


def _fernet_key(settings: Settings, site: str) -> bytes:
    key = base64.urlsafe_b64encode(settings.secret(f"{site}-recovery-codes"))
    Fernet(key)  # fails here, at the start, if the secret file was spoilt
    return key
