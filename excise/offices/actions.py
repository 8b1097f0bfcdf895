"""Bring the list of offices into the database."""

from importlib.resources import files

import sqlalchemy as sa
import yaml
from sqlalchemy.orm import Session

from excise.db import lock
from excise.offices.models import Office


def load_first_list(session: Session) -> None:
    """Fill an empty database with the list in the package; does nothing otherwise."""
    lock(session, "offices")  # of three who migrate at once, one fills it
    if session.scalar(sa.select(sa.func.count()).select_from(Office)):
        return
    text = files("excise.offices").joinpath("offices.yaml").read_text(encoding="utf-8")
    for row in yaml.safe_load(text):
        session.add(
            Office(
                code=row["code"],
                parent_code=row["parent"],
                name_th=row["th"],
                name_en=row["en"],
                address_th=row["address"],
                phone=row.get("phone", ""),
            )
        )
