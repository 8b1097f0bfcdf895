"""Businesses, sales and officers that the tests of discrepancies and assessments begin with."""

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask import Flask

from excise import work
from excise.assessments.models import Assessment
from excise.cases.models import Discrepancy
from excise.db import Database
from tests import factories
from tests.browser import Browser, Person, hire
from tests.excise.matching.test_runs import GTIN, sold

BOTTLE = {"volume_l": Decimal("0.62"), "degree": Decimal(5)}


def database(app: Flask) -> Database:
    found: Database = app.extensions["database"]
    return found


def employ(app: Flask, *roles: str, office: str = "000000", name: str = "") -> Person:
    """An officer with some roles, signed in."""
    officer = hire(app, f"{name or '-'.join(roles)}@office.example.org", *roles, office=office)
    officer.sign_in()
    return officer


def brewery(app: Flask, **changes: Any) -> None:
    """A brewery that makes bottles at 69 baht and has filed nothing."""
    with database(app).transaction() as session:
        place = factories.establishment(session, **changes)
        factories.product(
            session,
            place,
            measures=BOTTLE,
            retail_satang=69_00,
            name="เบียร์ขวด",
            unit="ขวด",
            gtin=GTIN,
        )


def undeclared(app: Flask, *units: int) -> str:
    """A brewery whose sales others told of and that declared none; the discrepancy found."""
    brewery(app)
    sold(app.extensions["settings"], database(app), *(units or (6_000, 4_000)))
    with database(app).reading() as session:
        query = sa.select(Discrepancy.reference).where(Discrepancy.rule == "R01")
        return session.scalars(query).one()


def discrepancy(app: Flask, **changes: Any) -> str:
    """A discrepancy as it comes, without any data behind it."""
    with database(app).transaction() as session:
        place = factories.establishment(session, **changes.pop("place", {}))
        made = factories.product(
            session, place, measures=BOTTLE, retail_satang=69_00, name="เบียร์ขวด", unit="ขวด"
        )
        return factories.discrepancy(session, made, **changes).reference


def kept(app: Flask) -> Assessment:
    """The latest assessment as the database has it."""
    with database(app).reading() as session:
        query = sa.select(Assessment).order_by(Assessment.id.desc())
        one = session.scalars(query).first()
        assert one is not None
        _ = one.lines, one.discrepancy, one.registration
        return one


def proposed(auditor: Browser, case: str, **terms: Any) -> str:
    """Prepare the assessment of a case and propose it; returns its reference."""
    auditor.page(f"/cases/{case}")
    reference = auditor.submit(button="จัดทำการประเมิน").path.rpartition("/")[2]
    auditor.page(f"/assessments/{reference}/terms")
    auditor.submit(**{"discretion": "ไม่มีเหตุอันควรลด จึงเรียกเก็บเต็มจำนวน"} | terms)
    auditor.submit(button="เสนอพิจารณา")
    return reference


def do_the_work(app: Flask) -> None:
    """Let a worker do what there is."""
    with work.worker(app.extensions["settings"], database(app)):
        work.drain(database(app))
    assert work.failed(database(app)) == []
