"""From draft to the edition in force: two officers, one text, nothing silent."""

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa

from excise import audit
from excise.audit import AuditEntry
from excise.checks import CHECKS, editions_intact
from excise.config import Settings
from excise.errors import Conflict, Invalid, NotAllowed, NotFound
from excise.tariff import actions, queries
from excise.tariff.actions import AssumedAnew, AuthorCannotDecide, NotTheAuthor, Overtaken
from excise.tariff.amending import Figures, Source
from excise.tariff.models import Edition, EditionState, NotInThisState
from excise.tariff.queries import edition, edition_in_force, tariff_in_force
from excise.tariff.schema import first_edition
from tests import factories
from tests.excise.tariff.editions import approved, author, beer_from, drafted, head, published
from tests.factories import AT

MAY = dt.date(2026, 5, 1)


def test_a_new_database_taxes_by_the_edition_of_the_program(session):
    one = edition_in_force(session)
    assert (one.number, one.digest) == (1, first_edition().digest)
    assert tariff_in_force(session).items == first_edition().items


def test_a_published_edition_taxes_from_the_next_question_on(session):
    made = published(session, beer_from(MAY))
    beer = tariff_in_force(session).item("beer")
    assert [(row.from_, row.to, row.baht) for row in beer.rates] == [
        (dt.date(2017, 9, 16), dt.date(2026, 4, 30), Decimal(430)),
        (MAY, None, Decimal(500)),
    ]
    assert edition_in_force(session) is made
    assert edition(session, 1).state is EditionState.REPLACED
    assert tariff_in_force(session).digest == made.digest


def test_the_edition_in_force_costs_one_query_and_no_text(session):
    tariff_in_force(session)
    asked = []
    listen = lambda *told: asked.append(told[2])  # noqa: E731
    sa.event.listen(session.connection(), "before_cursor_execute", listen)
    tariff_in_force(session)
    assert len(asked) == 1
    assert "text" not in asked[0].replace("tariff_edition.text", "text")


def test_a_process_keeps_only_a_few_editions(session, monkeypatch):
    monkeypatch.setattr(queries, "_KEPT", 1)
    queries._read.clear()
    tariff_in_force(session)
    published(session, beer_from(MAY))
    tariff_in_force(session)
    assert len(queries._read) == 1


def test_a_repeated_submission_is_the_same_draft(session):
    writer = author(session)
    told = {"purpose": "x", "officer_id": writer, "submission_id": "twice", "at": AT}
    assert actions.draft(session, **told) is actions.draft(session, **told)


def test_the_author_never_decides_not_even_as_head(session):
    both = factories.officer(session, roles=("tariff_officer", "tariff_head")).id
    made = drafted(session, both, beer_from(MAY))
    actions.propose(session, number=made.number, officer_id=both, at=AT)
    told = {"number": made.number, "officer_id": both, "at": AT}
    with pytest.raises(AuthorCannotDecide):
        actions.approve(session, filings=0, **told)
    with pytest.raises(AuthorCannotDecide):
        actions.give_back(session, reason="x", **told)
    other = head(session)
    actions.approve(session, number=made.number, officer_id=other, filings=0, at=AT)
    with pytest.raises(AuthorCannotDecide):
        actions.publish(session, allow_assumed=True, **told)


def test_only_the_author_changes_a_draft_and_only_while_it_is_one(session):
    writer, other = author(session), author(session)
    made = drafted(session, writer, beer_from(MAY))
    with pytest.raises(NotTheAuthor):
        actions.set_rate(
            session, beer_from(dt.date(2026, 6, 1)), number=made.number, officer_id=other, at=AT
        )
    actions.propose(session, number=made.number, officer_id=writer, at=AT)
    with pytest.raises(NotInThisState):
        actions.replace_text(session, "x", number=made.number, officer_id=writer, at=AT)


def test_roles_without_the_permission_do_nothing(session):
    registrar = factories.officer(session).id
    with pytest.raises(NotAllowed):
        actions.draft(session, purpose="x", officer_id=registrar, submission_id="n", at=AT)
    made = drafted(session, author(session), beer_from(MAY))
    for act in (actions.approve, actions.publish):
        more = {"filings": 0} if act is actions.approve else {"allow_assumed": True}
        with pytest.raises(NotAllowed):
            act(session, number=made.number, officer_id=author(session), at=AT, **more)


def test_a_faulty_text_is_kept_in_the_draft_but_not_sent(session):
    writer = author(session)
    made = drafted(session, writer)
    text = made.text.replace("unit: kg\n", "unit: stone\n")
    actions.replace_text(session, text, number=made.number, officer_id=writer, at=AT)
    with pytest.raises(Invalid) as refused:
        actions.propose(session, number=made.number, officer_id=writer, at=AT)
    assert "unknown unit stone" in str(refused.value.facts["problems"][0])
    assert made.text == text


def test_an_edition_that_changes_nothing_is_not_sent(session):
    writer = author(session)
    made = drafted(session, writer)
    with pytest.raises(Invalid, match="edition-unchanged"):
        actions.propose(session, number=made.number, officer_id=writer, at=AT)


def test_what_is_returned_says_why_and_can_be_sent_again(session):
    writer, decider = author(session), head(session)
    made = drafted(session, writer, beer_from(MAY))
    actions.propose(session, number=made.number, officer_id=writer, at=AT)
    with pytest.raises(Invalid, match="reason-missing"):
        actions.give_back(session, number=made.number, reason=" ", officer_id=decider, at=AT)
    actions.give_back(session, number=made.number, reason="ผิดวัน", officer_id=decider, at=AT)
    assert (made.state, made.note) == (EditionState.DRAFT, "ผิดวัน")
    actions.propose(session, number=made.number, officer_id=writer, at=AT)
    assert (made.state, made.note) == (EditionState.PROPOSED, "")


def test_a_rejected_edition_is_never_published(session):
    made, decider = approved(session, beer_from(MAY))
    actions.reject(session, number=made.number, reason="ยกเลิก", officer_id=decider, at=AT)
    with pytest.raises(NotInThisState):
        actions.publish(session, number=made.number, officer_id=decider, allow_assumed=True, at=AT)


def test_what_was_published_meanwhile_is_not_undone(session):
    late, decider = approved(session, beer_from(MAY))
    published(session, beer_from(dt.date(2026, 6, 1)))
    with pytest.raises(Overtaken):
        actions.publish(session, number=late.number, officer_id=decider, allow_assumed=True, at=AT)


def test_an_assumed_figure_comes_into_force_only_in_a_demonstration(session):
    made, decider = approved(session, beer_from(MAY, confidence="assumed"))
    told = {"number": made.number, "officer_id": decider, "at": AT}
    with pytest.raises(AssumedAnew) as refused:
        actions.publish(session, allow_assumed=False, **told)
    assert refused.value.facts["rows"] == "items beer 2026-05-01"
    actions.publish(session, allow_assumed=True, **told)


def test_a_confirmed_source_makes_the_row_sure(session):
    writer = author(session)
    made = drafted(session, writer)
    confirmed = Source(
        where="provisions penalty_full_pct",
        from_=dt.date(2017, 9, 16),
        source="กฎกระทรวง พ.ศ. 2560 ข้อ 3",
        confidence="official",
    )
    actions.set_source(session, confirmed, number=made.number, officer_id=writer, at=AT)
    row = queries.tariff_of(session, made.digest).provision("penalty_full_pct", MAY)
    assert (row.confidence, row.source) == ("official", "กฎกระทรวง พ.ศ. 2560 ข้อ 3")


def test_a_rate_for_a_day_that_has_one_already_is_refused_at_the_day(session):
    writer = author(session)
    made = drafted(session, writer, beer_from(MAY))
    with pytest.raises(Invalid) as refused:
        actions.set_rate(session, beer_from(MAY), number=made.number, officer_id=writer, at=AT)
    assert refused.value.facts["field"] == "from_"


def test_a_rate_above_the_ceiling_is_refused_with_its_reason(session):
    writer = author(session)
    made = drafted(session, writer)
    high = beer_from(MAY, figures=Figures(value_pct=Decimal(31), baht=Decimal(430)))
    with pytest.raises(Invalid) as refused:
        actions.set_rate(session, high, number=made.number, officer_id=writer, at=AT)
    assert "31% is above the ceiling of 30%" in str(refused.value.facts["problems"][0])


def test_each_act_is_in_the_audit_log_with_the_text_it_was_about(database):
    with database.transaction() as session:
        made = published(session, beer_from(MAY))
        number, digest = made.number, made.digest
    with database.reading() as session:
        told = sa.select(AuditEntry.act, AuditEntry.body).where(
            AuditEntry.subject == f"edition:{number}"
        )
        acts = session.execute(told.order_by(AuditEntry.seq)).all()
        assert audit.first_fault(session) is None
    assert [act for act, _ in acts] == [
        "tariff.draft",
        "tariff.change",
        "tariff.propose",
        "tariff.approve",
        "tariff.publish",
    ]
    assert digest in acts[-1].body


@pytest.mark.parametrize(
    "change", ["text = text || ' '", "digest = 'x'", "decided_by = NULL", "number = 9"]
)
def test_an_edition_that_was_approved_never_changes(database, change):
    with database.transaction() as session:
        number = approved(session, beer_from(MAY))[0].number
    with pytest.raises(sa.exc.DBAPIError), database.transaction() as session:
        session.execute(
            sa.text(f"UPDATE tariff_edition SET {change} WHERE number = :n"), {"n": number}
        )
    with pytest.raises(sa.exc.DBAPIError), database.transaction() as session:
        session.execute(sa.delete(Edition))


def test_a_text_that_was_changed_behind_our_back_taxes_nobody_and_is_found(database, tmp_path):
    settings = Settings(data=tmp_path, database_url=str(database.engine.url), demo=True)
    check = CHECKS["editions intact"]
    assert check(settings, database) is None
    from excise.aside import _without_triggers

    with database.engine.begin() as connection, _without_triggers(connection, "tariff_edition"):
        connection.execute(
            sa.text("UPDATE tariff_edition SET text = replace(text, 'baht: 430', 'baht: 43')")
        )
    queries._read.clear()
    assert "edition 1" in str(check(settings, database))
    with database.reading() as session, pytest.raises(Conflict, match="edition-changed"):
        tariff_in_force(session)


def test_there_is_always_one_in_force(session):
    assert editions_intact(session) is None
    edition_in_force(session).state = EditionState.REPLACED
    session.flush()
    assert editions_intact(session) == "0 editions are in force"


def test_an_edition_that_is_not_there_is_not_found(session):
    with pytest.raises(NotFound):
        edition(session, 99)
    with pytest.raises(NotFound):
        queries.tariff_of(session, "0" * 64)
