"""Agencies' passwords: made by us, sealed at rest under the service's own key."""

import base64
import secrets

from cryptography.fernet import Fernet, InvalidToken

from excise.errors import Unavailable


def new_password() -> str:
    """Return a password nobody can guess: 192 bits, 32 letters."""
    return secrets.token_urlsafe(24)


def sealed(password: str, key: bytes) -> str:
    """Seal a password under a key of 32 bytes."""
    return _fernet(key).encrypt(password.encode()).decode()


def opened(sealed_password: str, key: bytes) -> str:
    """Return the password; Unavailable when another key sealed it (a lost data folder)."""
    try:
        return _fernet(key).decrypt(sealed_password.encode()).decode()
    except InvalidToken as error:
        raise Unavailable("agency-key-lost") from error


def _fernet(key: bytes) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(key))
