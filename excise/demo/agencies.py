"""The agencies of the demonstration; their passwords are made once, beside the sign-ins."""

import json
import secrets
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from excise.agencies.actions import Entry, register, set_password
from excise.agencies.models import Agency
from excise.config import Settings, write_secret

FILE = "demo-agencies.json"
AGENCIES = (
    Entry(
        code="RD",
        name_th="กรมสรรพากร",
        name_en="Revenue Department",
        rights=[
            "third-party-data.SubmitVatSales",
            "taxpayer-registry.GetTaxpayer",
            "filing.GetReturnStatus",
            "document.VerifyDocument",
        ],
    ),
    Entry(
        code="KTB",
        name_th="ธนาคารกรุงไทย",
        name_en="Krungthai Bank",
        rights=["payment.NotifyPayment", "document.VerifyDocument"],
    ),
    Entry(
        code="DLT",
        name_th="กรมการขนส่งทางบก",
        name_en="Department of Land Transport",
        rights=["taxpayer-registry.GetTaxpayer", "document.VerifyDocument"],
    ),
)


def register_all(session: Session, settings: Settings, *, at: datetime) -> None:
    """Let the demonstration's agencies in; those that are there already stay."""
    known = set(session.scalars(sa.select(Agency.code)))
    for entry in AGENCIES:
        if entry.code not in known:
            register(session, entry, actor="demo", at=at)
            set_password(
                session,
                entry.code,
                passwords(settings)[entry.code],
                key=settings.secret("agencies"),
                actor="demo",
                at=at,
            )


def passwords(settings: Settings) -> dict[str, str]:
    """Return the password of each agency, made up on first use."""
    path = settings.data / "secrets" / FILE
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = {entry.code: secrets.token_urlsafe(24) for entry in AGENCIES}
        write_secret(path, json.dumps(made).encode())
    held: dict[str, str] = json.loads(path.read_text())
    return held


def as_json(settings: Settings) -> list[dict[str, str | None]]:
    """Return how each agency calls, for printing beside the sign-ins of people."""
    return [
        {
            "site": "exchange",
            "role": "agency",
            "user_name": code,
            "password": password,
            "contracts": f"{settings.exchange_url}/ws/<service>/v1?wsdl",
        }
        for code, password in passwords(settings).items()
    ]
