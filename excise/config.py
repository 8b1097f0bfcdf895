"""Settings, read from the environment once and handed down as one value."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything an operator may set; the defaults serve one machine.

    `demo` allows assumed law to become a debt, marks every document as a
    sample, lists the demo sign-ins and shows the local inbox.
    """

    data: Path
    database_url: str
    portal_port: int = 8000
    backoffice_port: int = 8001
    exchange_port: int = 8002
    metrics_port: int = 8003
    metrics_host: str = "127.0.0.1"
    host: str = "127.0.0.1"
    public_url: str = "http://localhost:8000"
    backoffice_url: str = "http://localhost:8001"
    exchange_url: str = "http://localhost:8002"
    demo: bool = False
    https: bool = False
    smtp_url: str = ""
    mail_sender: str = "no-reply@excise.example.org"
    sign_in_limit: str = "30 per minute"
    address_limit: str = "1200 per minute"
    report_limit: str = "30 per hour"
    lock_after_failures: int = 5
    rate_limit_storage: str = "memory://"
    biller_id: str = "099400016010101"
    seal_pkcs12: str = ""
    seal_passphrase: str = ""
    match_engine: str = "duckdb"
    match_memory: str = "512MB"

    @property
    def ports(self) -> tuple[int, int, int]:
        """The portal's port, the back office's, the exchange's."""
        return self.portal_port, self.backoffice_port, self.exchange_port

    @property
    def documents(self) -> Path:
        """Folder of issued documents and uploaded files, by content."""
        return self.data / "documents"

    @property
    def inbox(self) -> Path:
        """Folder where mail lands when no SMTP server is set."""
        return self.data / "inbox"

    def secret(self, name: str) -> bytes:
        """Return the named secret, 32 bytes, made on first use with mode 0600."""
        path = self.data / "secrets" / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_secret(path, secrets.token_bytes(32))
        return path.read_bytes()


def write_secret(path: Path, content: bytes) -> None:
    """Write a secret file whole or not at all; the first of two writers wins."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())  # a power cut must not leave an empty secret under the name
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process made it a moment ago: that one is the secret
    finally:
        draft.unlink()


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; every one has a default, so an empty environment works."""
    data = Path(environ.get("EXCISE_DATA", str(ROOT / "var"))).absolute()
    ports = {
        name: int(environ.get(f"{name.upper()}_PORT", default))
        for name, default in (("portal", 8000), ("backoffice", 8001), ("exchange", 8002))
    }
    host = environ.get("EXCISE_HOST", "127.0.0.1")
    database_url = environ.get("EXCISE_DATABASE_URL") or f"sqlite:///{data}/excise.db"
    _check_engine(environ.get("EXCISE_MATCH_ENGINE", "duckdb"), database_url)
    return Settings(
        data=data,
        database_url=database_url,
        host=host,
        portal_port=ports["portal"],
        backoffice_port=ports["backoffice"],
        exchange_port=ports["exchange"],
        metrics_port=int(environ.get("METRICS_PORT", "8003")),
        public_url=environ.get("EXCISE_PUBLIC_URL", f"http://localhost:{ports['portal']}"),
        backoffice_url=environ.get(
            "EXCISE_BACKOFFICE_URL", f"http://localhost:{ports['backoffice']}"
        ),
        exchange_url=environ.get("EXCISE_EXCHANGE_URL", f"http://localhost:{ports['exchange']}"),
        demo=environ.get("EXCISE_DEMO", "") == "1",
        https=environ.get("EXCISE_HTTPS", "") == "1",
        **_texts(environ),
        lock_after_failures=int(environ.get("EXCISE_LOCK_AFTER_FAILURES", "5")),
    )


def _check_engine(name: str, database_url: str) -> None:
    """Refuse at the start what a run would stumble over at night."""
    kind, _, address = name.partition(":")
    if kind not in ("duckdb", "postgresql", "spark") or (kind == "spark" and not address):
        raise ValueError(f"EXCISE_MATCH_ENGINE is duckdb, postgresql or spark://…, not {name!r}")
    if name == "postgresql" and not database_url.startswith("postgresql"):
        raise ValueError("EXCISE_MATCH_ENGINE=postgresql needs a database on PostgreSQL")


def _texts(environ: Mapping[str, str]) -> dict[str, str]:
    names = (
        "metrics_host",
        "smtp_url",
        "mail_sender",
        "sign_in_limit",
        "address_limit",
        "report_limit",
        "rate_limit_storage",
        "biller_id",
        "seal_pkcs12",
        "seal_passphrase",
        "match_engine",
        "match_memory",
    )
    return {
        name: environ[f"EXCISE_{name.upper()}"]
        for name in names
        if f"EXCISE_{name.upper()}" in environ
    }


def shipped(folder: str) -> Path:
    """Find a folder that travels with the program, in a checkout or in a wheel."""
    inside = Path(__file__).parent / "shipped" / folder
    return inside if inside.exists() else ROOT / folder
