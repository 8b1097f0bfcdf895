"""What was really filed and approved: its original, and the sealed paper it travels in."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session

from cli.verification import verify_trace
from excise.config import Settings
from excise.documents.models import Original
from excise.documents.receipt_pdf import render_receipt
from excise.documents.seal import seal_of
from excise.recalculation import verified
from tests import factories
from tests.excise.documents.samples import receipt
from tests.excise.recalculation.test_mutations import TARIFF, unseen
from tests.factories import AT


def original_of(session: Session, sha256: str | None) -> str:
    return session.get_one(Original, sha256).content


@pytest.fixture(params=[0, 40], ids=["in time", "late"])
def filed(session: Session, request: pytest.FixtureRequest) -> str:
    filed = factories.filed(session, at=AT + timedelta(days=request.param))
    return original_of(session, filed.original_sha256)


def test_a_filed_original_is_verified_and_a_changed_leaf_of_its_tax_is_found(filed: str) -> None:
    tree = json.loads(filed)
    assert verified(tree, [TARIFF]).faults == ()
    missed = [path for path in unseen(tree, every=7) if path[0] == "tax"]
    # The day that local tax and funds look at may be another under the same law; the day of the
    # line itself stands twice in the original.
    assert {path[-1] for path in missed} <= {"tax_point_date"}, missed


def test_the_approved_original_of_an_assessment_is_verified(session: Session) -> None:
    beer = factories.product(session, factories.establishment(session))
    proposal = factories.assessment(session, factories.discrepancy(session, beer), proposed=True)
    approved = factories.approved(session, proposal)
    tree = json.loads(original_of(session, approved.original_sha256))
    assert verified(tree, [TARIFF]).faults == ()
    tree["tax"]["penalty_satang"] += 1
    assert [each.where for each in verified(tree, [TARIFF]).faults] == ["tax > penalty_satang"]


def test_the_sealed_receipt_carries_what_is_verified(
    settings: Settings, filed: str, tmp_path: Path
) -> None:
    def paper(calculation: str) -> Any:
        pdf = render_receipt(
            receipt(),
            verify_url="https://excise.example.org/v/x",
            code="0123456789AB",
            register_seq=1,
            trace_json=calculation.encode(),
        )
        file = tmp_path / "receipt.pdf"
        file.write_bytes(seal_of(settings, at=AT).sign(pdf, reason="test", at=AT))
        return CliRunner().invoke(verify_trace, [str(file)])

    done = paper(filed)
    assert done.exit_code == 0, done.output
    forged = paper(filed.replace('"14899"', '"14898"', 1))
    assert forged.exit_code == 1
    assert "tax > additions > steps > gross_excise > exact" in forged.output
