"""What all pages about one assessment share."""

import json
from typing import Any

from flask import Blueprint

from backoffice.accounts import officer
from excise.assessments.models import Assessment
from excise.assessments.queries import assessment_for, assumed_law_of, work_out_assessment
from excise.documents.models import Original
from excise.returns.sheet import content_of, sheet_of
from web.db import reading
from web.i18n import language
from web.tariff import tariff_now

bp = Blueprint("assessments", __name__, url_prefix="/assessments")


def assessment(reference: str) -> Assessment:
    """Return an assessment of the officer's offices."""
    return assessment_for(reading(), reference, officer_id=officer().id)


def figures(one: Assessment) -> dict[str, Any]:
    """Return the calculation for a page: as it was approved, or as it is now.

    With it goes what of the law is only assumed.
    """
    tariff = tariff_now()
    if one.original_sha256:
        content = json.loads(reading().get_one(Original, one.original_sha256).content)
        return {"sheet": sheet_of(tariff, content, language()), "assumed": []}
    tax = work_out_assessment(tariff, one)
    return {
        "sheet": sheet_of(tariff, content_of(one.lines, tax), language()),
        "assumed": assumed_law_of(tariff, one, tax),
    }
