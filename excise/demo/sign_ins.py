"""How to sign in to the demonstration: made at random once, kept with the other secrets."""

import base64
import json
import secrets
from dataclasses import asdict, dataclass

from excise.config import Settings, write_secret
from excise.demo.copies import CHAIN_EMAIL
from excise.demo.officers import STAFF, email_of
from excise.demo.story import businesses

FILE, CHAIN_FILE = "demo-accounts.json", "demo-chain.json"
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
    return _kept(settings, FILE, _made_up(settings)) + _kept(settings, CHAIN_FILE, [])


def let_chain_in(settings: Settings) -> None:
    """Make up the sign-in of the owner with many establishments, on first use."""
    _kept(settings, CHAIN_FILE, [_owner(settings, "chain", CHAIN_EMAIL)])


def _kept(settings: Settings, file: str, made: list[SignIn]) -> list[SignIn]:
    path = settings.data / "secrets" / file
    if made and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_secret(path, json.dumps([asdict(each) for each in made]).encode())
    return [SignIn(**each) for each in json.loads(path.read_text())] if path.exists() else []


def _made_up(settings: Settings) -> list[SignIn]:
    everybody = businesses()
    backoffice = f"{settings.backoffice_url}/account/sign-in"
    owners = [
        _owner(settings, role, everybody[place].owner_email) for role, place in OWNERS.items()
    ]
    staff = [
        SignIn("backoffice", role, email_of(role), _password(), _totp_key(), backoffice)
        for role in STAFF
    ]
    return owners + staff


def _owner(settings: Settings, role: str, email: str) -> SignIn:
    sign_in = f"{settings.public_url}/account/sign-in"
    return SignIn("portal", role, email, _password(), None, sign_in)


def _password() -> str:
    return secrets.token_urlsafe(12)


def _totp_key() -> str:
    return base64.b32encode(secrets.token_bytes(20)).decode()


def as_json(settings: Settings) -> list[dict[str, str | None]]:
    """Return the sign-ins for printing."""
    return [asdict(each) for each in sign_ins(settings)]
