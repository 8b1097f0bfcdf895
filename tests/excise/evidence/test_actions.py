import csv
import io
from contextlib import suppress
from datetime import UTC, date, datetime
from hashlib import sha256

import pytest

from excise import audit, numbering, work
from excise.documents.store import Store
from excise.errors import Conflict, Invalid
from excise.evidence.actions import DeliveryChanged, land
from excise.evidence.models import Channel, Delivery
from excise.evidence.rows import COLUMNS
from tests.conftest import count
from tests.excise.at_once import at_once
from tests.excise.evidence.samples import sale
from tests.factories import AT


def landed(session, store, **changes):
    given = {
        "source_code": "RD",
        "document_no": "PP30-2569-10",
        "name": "sales.csv",
        "content": b"what the source said",
        "channel": Channel.SOAP,
        "sales": [sale(), sale(document_no="INV-2", document_on=date(2026, 9, 30))],
        "row_count": 3,
        "by": "agency:RD",
        "at": AT,
    }
    return land(session, store, **(given | changes))


def test_a_delivery_is_kept_byte_for_byte_and_its_rows_in_one_form(session, tmp_path):
    store = Store(tmp_path)
    delivery = landed(session, store).delivery
    assert delivery.receipt_no == "VS-2570-0000001"
    assert store.get(delivery.content_sha256) == b"what the source said"
    rows = list(csv.reader(io.StringIO(store.get(delivery.rows_sha256).decode())))
    assert tuple(rows[0]) == COLUMNS
    assert rows[2] == [
        *("0105558096348", "00000", "INV-2", "1", "388", "2026-09-30", "2026-09-01"),
        *("08850124003225", "120000", "125050", "8754"),
    ]
    assert (delivery.row_count, delivery.accepted_count, delivery.rejected_count) == (3, 2, 1)
    assert delivery.periods == ["2026-09-01", "2026-10-01"]
    assert delivery.amount_satang == 250_100


def test_the_same_delivery_again_is_its_first_receipt(session, tmp_path):
    store = Store(tmp_path)
    first, again = landed(session, store), landed(session, store, name="copy.csv")
    assert (first.is_repeat, again.is_repeat) == (False, True)
    assert again.delivery is first.delivery
    assert count(session, Delivery) == 1


def test_the_same_number_with_other_content_is_refused_with_the_first_receipt(session, tmp_path):
    store = Store(tmp_path)
    first = landed(session, store).delivery
    with pytest.raises(DeliveryChanged) as caught:
        landed(session, store, content=b"something else")
    assert isinstance(caught.value, Conflict)
    assert caught.value.facts == {
        "receipt_no": first.receipt_no,
        "content_sha256": sha256(b"what the source said").hexdigest(),
    }


def test_two_sources_may_use_the_same_number(session, tmp_path):
    store = Store(tmp_path)
    numbers = [landed(session, store, source_code=code).delivery for code in ("RD", "CUSTOMS")]
    assert [one.receipt_no for one in numbers] == ["VS-2570-0000001", "VS-2570-0000002"]


def test_a_fiscal_year_begins_in_thailand(session, tmp_path):
    eve = datetime(2026, 9, 30, 16, 59, tzinfo=UTC)
    store = Store(tmp_path)
    last = landed(session, store, at=eve).delivery
    first = landed(session, store, document_no="2", at=eve.replace(hour=17)).delivery
    assert [last.receipt_no, first.receipt_no] == ["VS-2569-0000001", "VS-2570-0000001"]


def test_a_sum_beyond_all_money_is_refused_before_anything_is_kept(session, tmp_path):
    huge = sale(amount_satang=10**14 - 1)
    with pytest.raises(Invalid) as caught:
        landed(session, Store(tmp_path), sales=[huge] * 1001)
    assert caught.value.reason == "delivery-too-large"
    assert list(tmp_path.iterdir()) == []


def test_equal_deliveries_at_the_same_moment_are_one(database, tmp_path):
    store = Store(tmp_path)

    def send(_number):
        with database.transaction() as session:
            done = landed(session, store)
            return done.is_repeat, done.delivery.receipt_no

    answers = at_once(6, send)
    assert sorted(answers) == [(False, "VS-2570-0000001")] + [(True, "VS-2570-0000001")] * 5
    with database.reading() as session:
        assert numbering.last(session, "vat-sales:2570") == 1
        assert audit.first_fault(session) is None
        acts = [entry.act for entry in session.query(audit.AuditEntry)]
    assert acts == ["delivery.land"]
    assert work.unfinished(database) == 1


def test_what_is_rolled_back_has_no_receipt_and_no_work(database, tmp_path):
    with suppress(LookupError), database.transaction() as session:
        landed(session, Store(tmp_path))
        raise LookupError
    with database.reading() as session:
        assert count(session, Delivery) == 0
        assert numbering.last(session, "vat-sales:2570") == 0
    assert work.unfinished(database) == 0
