"""How to sign in to the demonstration: made at random once, kept with the other secrets."""

import base64
import json
import secrets
from dataclasses import asdict, dataclass

from excise.config import Settings, write_secret
from excise.demo.officers import STAFF, email_of
from excise.demo.story import businesses

FILE = "demo-accounts.json"
OWNERS = {"brewery": 0, "nightclub": 22, "refinery": 1}


@dataclass(frozen=True)
class SignIn:
    """One way in; officers need a code from `totp_secret` (base32) as well."""

    site: str
    role: str
    email: str
    password: str
    totp_secret: str | None
    sign_in: str


def sign_ins(settings: Settings) -> list[SignIn]:
    """Return the sign-ins of this installation, making them up on first use."""
    path = settings.data / "secrets" / FILE
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = [asdict(each) for each in _made_up(settings)]
        write_secret(path, json.dumps(made).encode())
    return [SignIn(**each) for each in json.loads(path.read_text())]


def _made_up(settings: Settings) -> list[SignIn]:
    everybody = businesses()
    portal = f"{settings.public_url}/account/sign-in"
    backoffice = f"{settings.backoffice_url}/account/sign-in"
    owners = [
        SignIn("portal", role, everybody[place].owner_email, _password(), None, portal)
        for role, place in OWNERS.items()
    ]
    staff = [
        SignIn("backoffice", role, email_of(role), _password(), _totp_key(), backoffice)
        for role in STAFF
    ]
    return owners + staff


def _password() -> str:
    return secrets.token_urlsafe(12)


def _totp_key() -> str:
    return base64.b32encode(secrets.token_bytes(20)).decode()


def as_json(settings: Settings) -> list[dict[str, str | None]]:
    """Return the sign-ins for printing."""
    return [asdict(each) for each in sign_ins(settings)]
