"""An edition tried on filed returns: what it would have charged, and nothing is changed."""

import datetime as dt
from collections import Counter

import pytest
import sqlalchemy as sa

from excise import records, work
from excise.audit import AuditEntry
from excise.config import Settings
from excise.documents.models import Document
from excise.returns.lines import lines_of
from excise.returns.models import Return
from excise.tariff import actions
from excise.tariff.queries import edition, edition_in_force
from excise.tariff.rules import additions, calculate_line
from excise.tariff.schema import first_edition, load
from excise.trials.actions import ask
from excise.trials.queries import filed_ids, filed_returns, trial
from excise.trials.rules import Tally, Trial, charged_by
from tests import factories
from tests.excise.tariff.editions import author, beer_from, drafted
from tests.factories import AT, MONTH


@pytest.fixture
def settings(database_url, tmp_path):
    return Settings(data=tmp_path, database_url=database_url, demo=True)


def tried(session, tariff, *, since=MONTH, until=MONTH):
    tally = Tally(tariff)
    for filed in filed_returns(session, filed_ids(session, since=since, until=until)):
        tally.add(filed)
    return tally.trial(edition=2, since=since, until=until, at=AT)


def dearer_beer(session):
    return load(drafted(session, author(session), beer_from(MONTH, baht="500")).text)


def test_the_edition_in_force_changes_nothing(session):
    factories.filed(session)
    found = tried(session, first_edition())
    assert (found.returns, found.lines, found.total.difference_satang) == (1, 1, 0)
    assert found.total.filed_satang == session.scalars(sa.select(Return.total_satang)).one()


def test_a_trial_is_what_each_line_gives_when_it_is_worked_out_by_itself(session):
    first = factories.filed(session)
    second = factories.filed(session, place=first.registration, quantity=7, day=dt.date(2026, 9, 1))
    tariff = dearer_beer(session)
    found = tried(session, tariff, since=dt.date(2026, 9, 1))
    expected = Counter()
    for one in (first, second):
        taxes = [calculate_line(tariff, line) for line in lines_of(one.lines)]
        added = additions(tariff, taxes)
        expected["excise"] += sum(tax.excise_satang for tax in taxes)
        expected["local"] += added.local_satang
        expected.update(added.funds_satang)
    assert {each.key: each.trial_satang for each in found.by_charge} == dict(expected)
    assert found.total.trial_satang == sum(expected.values())
    tax_id = first.registration.taxpayer.tax_id
    assert [(each.key, each.trial_satang) for each in found.by_taxpayer] == [
        (tax_id, sum(expected.values()))
    ]
    assert [(each.key, each.trial_satang) for each in found.by_item] == [
        ("beer", expected["excise"])
    ]


def test_seventy_baht_more_a_litre_of_alcohol_are_1_120_baht_on_a_thousand_cans(session):
    factories.filed(session)
    [beer] = tried(session, dearer_beer(session)).by_item
    assert beer.difference_satang == 1_120_00


def test_what_was_filed_counts_whatever_became_of_the_product(session):
    filed = factories.filed(session)
    before = tried(session, dearer_beer(session)).to_json()
    product = filed.lines[0].product
    product.measures = {"volume_l": "64", "degree": "80"}
    product.prices[0].retail_incl_vat_satang += 100_00
    session.flush()
    after = tried(session, dearer_beer(session)).to_json()
    assert after["total"] == before["total"]
    assert after["by_item"] == before["by_item"]


def test_months_outside_are_left_out(session):
    factories.filed(session)
    september = dt.date(2026, 9, 1)
    assert tried(session, first_edition(), since=september, until=september).returns == 0


def test_a_return_that_the_edition_cannot_work_out_is_named_and_in_no_sum(session):
    filed = factories.filed(session)
    text = edition_in_force(session).text.replace("- id: beer\n", "- id: ale\n")
    found = tried(session, load(text))
    assert (found.returns, found.total.filed_satang) == (0, 0)
    [refused] = found.refused
    assert (refused.reference, refused.item, refused.reason) == (
        filed.reference,
        "beer",
        "unknown-item",
    )


def test_what_is_kept_is_read_back_as_it_was(session):
    factories.filed(session)
    found = tried(session, dearer_beer(session))
    assert Trial.from_json(found.to_json()) == found


def test_a_worker_tries_an_edition_once_and_writes_nothing_but_the_result(settings, database):
    records.load_workflows()
    with database.transaction() as session:
        factories.filed(session)
        writer = author(session)
        made = drafted(session, writer, beer_from(MONTH, baht="500"))
        number = made.number
    for _ in range(2):
        with database.transaction() as session:
            before = session.scalars(sa.select(Return.total_satang)).all()
            key = ask(session, number=number, since=MONTH, until=MONTH, officer_id=writer, at=AT)
    with database.reading() as session:
        assert trial(session, settings, key) is None
    with database.transaction() as session:  # what was asked is tried, not what it became since
        changed = edition(session, number).text.replace("baht: 500,", "baht: 600,")
        actions.replace_text(session, changed, number=number, officer_id=writer, at=AT)
    with work.worker(settings, database):
        work.drain(database)
    assert work.find(database, f"trials.run:{key}").progress == (1, 1)
    with database.reading() as session:
        found = trial(session, settings, key)
        assert found is not None
        assert found.total.difference_satang == 1_120_00 + 112_00 + 84_00  # local tax, four funds
        assert session.scalars(sa.select(Return.total_satang)).all() == before
        kinds = session.scalars(sa.select(Document.kind)).all()
        assert kinds.count("trial") == 1
        asked = sa.select(AuditEntry).where(AuditEntry.act == "tariff.try")
        assert session.scalars(asked).first().actor == f"officer:{writer}"


def test_nothing_charged_is_nothing():
    assert charged_by(first_edition(), []).total == 0
