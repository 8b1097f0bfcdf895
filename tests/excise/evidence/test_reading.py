from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from excise import audit, work
from excise.config import Settings
from excise.documents.store import Store
from excise.evidence import filing, workflows
from excise.evidence.actions import land
from excise.evidence.filing import all_of, rebuild
from excise.evidence.models import Channel, Delivery, DeliveryState
from excise.evidence.parquet import connect, files, month_folder, sales_of, sales_view, totals_of
from excise.evidence.queries import delivered, delivery
from excise.work.queue import client
from tests.excise.evidence.samples import sale
from tests.factories import AT

# The rows lie outside the database, so one engine tells as much as two.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
OCTOBER, SEPTEMBER = date(2026, 10, 1), date(2026, 9, 1)
SELLER = sale().tax_id


@pytest.fixture
def settings(database_url, tmp_path):
    return Settings(data=tmp_path, database_url=database_url, demo=True)


def send(settings, database, *sales, document_no="1", source_code="RD", channel=Channel.FILE):
    with database.transaction() as session:
        done = land(
            session,
            Store(settings.documents),
            source_code=source_code,
            document_no=document_no,
            name="sales.csv",
            content=document_no.encode(),
            channel=channel,
            sales=sales,
            row_count=len(sales),
            by="officer:1",
            at=AT,
        )
        return done.delivery.receipt_no


def read_all(settings, database):
    """What the worker does, without starting one."""
    with database.reading() as session:
        numbers = session.scalars(sa.select(Delivery.receipt_no).order_by(Delivery.id)).all()
    for number in numbers:
        workflows.read_now(settings, database, number)


def at_work(settings, database):
    with work.worker(settings, database):
        work.drain(database)
    assert work.failed(database) == []


def counts(database):
    with database.reading() as session:
        return [
            (one.new_count, one.repeated_count, one.conflicting_count)
            for one in session.scalars(sa.select(Delivery).order_by(Delivery.id))
        ]


def lines(settings, period=OCTOBER):
    return [
        (row.document_no, row.line_no, row.amount_satang)
        for row in sales_of(settings, tax_id=SELLER, period=period, limit=1000)
    ]


def test_rows_are_filed_by_month_and_the_delivery_says_so(settings, database):
    september = sale(document_no="INV-0", document_on=date(2026, 9, 30))
    receipt_no = send(settings, database, sale(), september, sale(line_no=2))
    with database.reading() as session:
        assert delivery(session, receipt_no).state is DeliveryState.LANDED
    assert lines(settings) == []
    at_work(settings, database)
    assert lines(settings) == [("INV-1", 1, 125_050), ("INV-1", 2, 125_050)]
    assert lines(settings, SEPTEMBER) == [("INV-0", 1, 125_050)]
    assert counts(database) == [(3, 0, 0)]
    with database.reading() as session:
        told = delivery(session, receipt_no)
        assert told.state is DeliveryState.READ
        assert told.read_at > AT
        acts = session.scalars(sa.select(audit.AuditEntry.act)).all()
        assert acts[:2] == ["delivery.land", "delivery.read"]
    assert not list(month_folder(settings, OCTOBER).glob("*.draft"))


def test_a_row_delivered_before_is_repeated_or_conflicting_and_never_counts_twice(
    settings, database
):
    send(settings, database, sale(), sale(line_no=2))
    read_all(settings, database)
    changed = sale(line_no=2, amount_satang=1)
    send(settings, database, sale(), changed, sale(line_no=3), document_no="2")
    read_all(settings, database)
    assert counts(database) == [(2, 0, 0), (1, 1, 1)]
    assert lines(settings) == [("INV-1", n, 125_050) for n in (1, 2, 3)]


@on_sqlite
def test_a_row_twice_in_one_delivery_counts_once(settings, database):
    send(settings, database, sale(), sale(), sale(amount_satang=999_999))
    read_all(settings, database)
    assert counts(database) == [(1, 1, 1)]
    assert len(lines(settings)) == 1


@on_sqlite
def test_a_document_moved_to_another_month_is_conflicting(settings, database):
    send(settings, database, sale())
    read_all(settings, database)
    send(settings, database, sale(document_on=date(2026, 9, 30)), document_no="2")
    read_all(settings, database)
    assert counts(database) == [(1, 0, 0), (0, 0, 1)]
    assert lines(settings, SEPTEMBER) == []


@on_sqlite
def test_sellers_begin_their_numbers_anew_each_year(settings, database):
    send(settings, database, sale())
    send(settings, database, sale(document_on=date(2025, 10, 5)), document_no="2")
    read_all(settings, database)
    assert counts(database) == [(1, 0, 0), (1, 0, 0)]


@on_sqlite
def test_two_sources_may_tell_of_the_same_document_and_it_counts_once(settings, database):
    send(settings, database, sale())
    send(settings, database, sale(), source_code="ETAX")
    read_all(settings, database)
    assert counts(database) == [(1, 0, 0), (1, 0, 0)]
    assert totals_of(settings, tax_id=SELLER, period=OCTOBER).count == 1


def test_deliveries_read_at_the_same_time_share_no_row(settings, database):
    shared = [sale(document_no=f"INV-{number}") for number in range(50)]
    for number in range(6):
        own = sale(document_no=f"OWN-{number}")
        send(settings, database, *shared, own, document_no=str(number))
    at_work(settings, database)
    assert sum(new for new, _, _ in counts(database)) == 56
    assert sum(repeated for _, repeated, _ in counts(database)) == 250
    assert len(lines(settings)) == 56


def test_messages_that_wait_are_filed_together_in_the_order_they_came(settings, database):
    changed = sale(line_no=2, amount_satang=1)
    for number, rows in enumerate([(sale(), sale(line_no=2)), (sale(), changed), ()], 1):
        own = sale(document_no=f"OWN-{number}")
        told = {"document_no": str(number), "channel": Channel.SOAP}
        send(settings, database, *rows, own, **told)
    send(settings, database, sale(document_no="FILE"), document_no="4")
    at_work(settings, database)
    assert counts(database) == [(3, 0, 0), (1, 1, 1), (1, 0, 0), (1, 0, 0)]
    assert len(lines(settings)) == 6
    together, alone = files(settings, [OCTOBER])
    before = [Path(each).read_bytes() for each in (together, alone)]
    list(rebuild(settings, all_of(database)))
    assert [Path(each).read_bytes() for each in files(settings, [OCTOBER])] == before
    send(settings, database, sale(), document_no="5", channel=Channel.SOAP)
    at_work(settings, database)
    assert counts(database)[-1] == (0, 1, 0), "who comes later is compared with those before"


def test_no_more_messages_are_taken_than_one_step_may_hold(settings, database, monkeypatch):
    monkeypatch.setattr(workflows, "TOGETHER", 2)
    for number in range(5):
        one = sale(document_no=f"INV-{number}")
        send(settings, database, one, document_no=str(number), channel=Channel.SOAP)
    at_work(settings, database)
    assert counts(database) == [(1, 0, 0)] * 5
    assert len(files(settings, [OCTOBER])) == 3


@on_sqlite
def test_a_step_that_is_repeated_files_the_same_rows(settings, database, monkeypatch):
    first = workflows.file_rows
    answers = []

    def twice(*given):
        answers.append(first(*given))
        answers.append(first(*given))
        return answers[-1]

    send(settings, database, sale(), sale(line_no=2))
    monkeypatch.setattr(workflows, "file_rows", twice)
    read_all(settings, database)
    assert [tuple(of.values()) for a in answers for of in a["of"].values()] == [
        (0, 0, 0),
        (0, 0, 0),
    ]
    assert counts(database) == [(2, 0, 0)]
    assert len(files(settings, [OCTOBER])) == 1


def test_a_delivery_is_matched_month_by_month_after_it_is_read(settings, database):
    send(settings, database, sale(), sale(document_on=date(2026, 9, 30), line_no=2))
    read_all(settings, database)
    ids = {one.workflow_id for one in client(database.engine).list_workflows()}
    assert {f"matching.run:{month}:1" for month in (SEPTEMBER, OCTOBER)} <= ids


@on_sqlite
def test_a_question_narrows_to_seller_and_product(settings, database):
    other = sale(tax_id="0994000160097", document_no="X")
    uncoded = sale(document_no="A", product_code="", units=-10_000, amount_satang=-100)
    send(settings, database, sale(), other, uncoded)
    read_all(settings, database)
    of = {"tax_id": SELLER, "period": OCTOBER}
    assert [row.document_no for row in sales_of(settings, **of, limit=1)] == ["A"]
    assert [row.document_no for row in sales_of(settings, **of, limit=1, offset=1)] == ["INV-1"]
    [only] = sales_of(settings, **of, product_code="", limit=9)
    assert replace(only) == only
    assert (only.units, only.document_on, only.receipt_no) == (
        -10_000,
        date(2026, 10, 5),
        "VS-2570-0000001",
    )
    totals = totals_of(settings, **of)
    assert (totals.count, totals.units, totals.amount_satang) == (2, 110_000, 124_950)
    assert totals_of(settings, **of, product_code="08850124003225").count == 1


@on_sqlite
def test_the_engine_reads_nothing_outside_the_evidence(settings, tmp_path):
    outside = tmp_path / "secrets.csv"
    outside.write_text("a\n1\n")
    with connect(settings) as connection, pytest.raises(Exception, match="disabled"):
        connection.execute(f"SELECT * FROM read_csv('{outside}')")


@on_sqlite
def test_a_month_without_evidence_is_an_empty_view_of_the_same_shape(settings, database):
    send(settings, database, sale())
    read_all(settings, database)
    shapes = []
    for period in (OCTOBER, date(2020, 1, 1)):
        with connect(settings) as connection:
            sales_view(connection, settings, [period])
            shapes.append(
                [column[:2] for column in connection.execute("DESCRIBE vat_sales").fetchall()]
            )
    assert shapes[0] == shapes[1]


def test_a_month_nobody_told_of_is_silent(settings, database):
    send(settings, database, sale())
    with database.reading() as session:
        assert delivered(session, [SEPTEMBER, OCTOBER]) == {}  # nor one whose rows wait
    read_all(settings, database)
    with database.reading() as session:
        assert delivered(session, [SEPTEMBER, OCTOBER]) == {OCTOBER: AT}


@on_sqlite
def test_very_many_rows_are_told_how_far_they_are(settings, database, monkeypatch):
    monkeypatch.setattr(filing, "_MANY", 2)
    seen = []
    for number, sales in (("1", [sale()]), ("2", [sale(), sale(document_no="X-2")])):
        send(settings, database, *sales, document_no=number)
        with database.reading() as session:
            told = filing.told_of(
                session.scalars(sa.select(Delivery).order_by(-Delivery.id)).first()
            )
        filing.file_rows(settings, [told], watch=lambda done, of: seen.append((done, of)))
    assert seen == [(0, 2), (1, 2), (2, 2)]
