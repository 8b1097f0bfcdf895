"""What the rules found and no taxpayer can be asked about."""

from flask import Flask

from tests import factories
from tests.backoffice import matters
from tests.excise.matching.test_runs import sold

STRANGER = "0994000160101"


def test_what_is_of_nobody_known_stands_in_a_list_of_its_own(app: Flask) -> None:
    matters.brewery(app)
    settings, database = app.extensions["settings"], matters.database(app)
    sold(settings, database, 5, document_no="1", tax_id=STRANGER)
    sold(settings, database, 7, document_no="2", product_code="08850999009995")
    page = matters.employ(app, "auditor").browser.page("/findings/")
    for told in (
        "ไม่มีผู้จดทะเบียนด้วยเลขประจำตัวผู้เสียภาษีนี้",
        "บาร์โค้ด 08850999009995",
        "ไม่มีสินค้าที่ใช้รหัสนี้",
        "7 หน่วย",
    ):
        assert told in page.said
    narrowed = matters.employ(app, "auditor", name="b").browser.page("/findings/?rule=R01").said
    assert "บาร์โค้ด 08850999009995" in narrowed
    assert "ไม่มีผู้จดทะเบียน" not in narrowed
    there = matters.employ(app, "auditor", office="020100", name="c").browser
    elsewhere = there.page("/findings/").said
    assert "บาร์โค้ด 08850999009995" not in elsewhere
    assert factories.TAX_ID not in elsewhere.replace(" ", "")
