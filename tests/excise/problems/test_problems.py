"""Reports: taken once, worked on by support staff, answered, and told to everybody."""

from datetime import date, timedelta

import pytest

from excise.documents.store import Store
from excise.errors import Conflict, Invalid, NotAllowed, NotFound
from excise.problems import actions
from excise.problems.models import NotInThisState, Problem
from excise.problems.queries import (
    month_told,
    problem_by_token,
    problem_of,
    problems,
    reported_by,
)
from excise.problems.rules import OPEN, ProblemKind, ProblemState
from tests import factories
from tests.conftest import count

AT = factories.AT
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def link(one):
    return f"http://localhost/problems/{one.reference}"


def test_the_same_submission_is_one_report_and_other_content_is_refused(session):
    sender = factories.person(session).id
    how = {"person_id": sender, "submission_id": "s-1"}
    one = factories.problem(session, page="/returns/D1?key=secret", **how)
    assert factories.problem(session, at=AT + timedelta(days=1), **how) is one
    assert one.reference.startswith("PR2570")
    assert one.page == "/returns/D1", "a query may hold a secret"
    with pytest.raises(Conflict, match="submission-reused"):
        factories.problem(session, what="อื่น", **how)
    assert count(session, Problem) == 1
    assert problem_of(session, one.reference, person_id=sender) is one
    with pytest.raises(NotFound):
        problem_of(session, one.reference, person_id=sender + 1)
    assert session.scalars(reported_by(sender)).all() == [one]


def test_a_visitor_needs_an_address_and_follows_by_the_token(session):
    with pytest.raises(Invalid, match="email-missing"):
        factories.problem(session, email="")
    with pytest.raises(Invalid, match="words-missing"):
        factories.problem(session, what="  ")
    one = factories.problem(session)
    assert problem_by_token(session, one.token) is one
    with pytest.raises(NotFound):
        problem_by_token(session, "guessed")


def test_pictures_are_known_by_their_content(tmp_path):
    store = Store(tmp_path)
    kept = actions.keep_picture(store, "ภาพ.png", PNG)
    assert (kept.media_type, store.get(kept.sha256)) == ("image/png", PNG)
    with pytest.raises(Invalid, match="picture-not-taken"):
        actions.keep_picture(store, "x.png", b"<svg onload=alert(1)>")
    with pytest.raises(Invalid, match="file-too-large"):
        actions.keep_picture(store, "x.png", PNG + bytes(5_000_000))


def test_a_report_goes_from_triage_to_a_published_change(session):
    helper, other = (factories.officer(session, roles=("support",)).id for _ in range(2))
    one = factories.problem(session)
    on = {"reference": one.reference, "officer_id": helper}
    stranger = factories.officer(session).id
    with pytest.raises(NotAllowed):
        actions.take(session, reference=one.reference, officer_id=stranger, at=AT)
    answer = {"words": "ทราบแล้ว", "link_to": link}
    with pytest.raises(NotInThisState):
        actions.answer(session, **on, state=ProblemState.ANSWERED, **answer, at=AT)
    actions.triage(session, **on, kind=ProblemKind.FAULT, at=AT)
    assert (one.state, one.officer_id) == (ProblemState.TRIAGED, helper)
    actions.triage(session, **on, kind=ProblemKind.LAW, at=AT)
    actions.note(session, **on, words="ถามฝ่ายกฎหมายก่อน", at=AT)
    actions.take(session, reference=one.reference, officer_id=other, at=AT)
    later = AT + timedelta(days=2)
    actions.answer(session, **on, state=ProblemState.PLANNED, **answer, at=later)
    actions.answer(session, **on, state=ProblemState.CHANGED, **answer, at=later)
    assert one.answered_at == later
    with pytest.raises(NotInThisState):
        actions.answer(session, **on, state=ProblemState.DECLINED, **answer, at=later)
    with pytest.raises(NotInThisState):
        actions.publish_news(session, **on, at=later)
    with pytest.raises(Invalid, match="words-missing"):
        actions.draft_news(session, **on, th="แก้แล้ว", en=" ", at=later)
    actions.draft_news(session, **on, th="แก้แล้ว", en="Mended", at=later)
    assert month_told(session, date(2026, 11, 1)).changes == []
    actions.publish_news(session, **on, at=later)
    actions.publish_news(session, **on, at=later + timedelta(days=30))
    assert one.published_at == later
    assert [event.act for event in one.told] == [
        *("reported", "triaged", "planned", "changed", "news-published"),
    ]
    told = month_told(session, date(2026, 11, 1))
    assert told.changes == [one]
    assert told.counts == {(ProblemKind.LAW, ProblemState.CHANGED): 1}
    assert (told.days, told.of_kind(ProblemKind.LAW), told.of_kind(None)) == (2, 1, 0)
    assert month_told(session, date(2026, 12, 1)).days is None
    acts = [each.act for each in session.info["audit"] if each.subject.endswith(one.reference)]
    assert acts[:2] == ["problem.report", "problem.triage"]
    assert acts.count("problem.publish-news") == 1


def test_the_queue_is_filtered_by_state_kind_and_officer(session):
    helper = factories.officer(session, roles=("support",)).id
    first, second = factories.problem(session), factories.problem(session)
    on = {"reference": second.reference, "officer_id": helper}
    actions.triage(session, **on, kind=ProblemKind.FAULT, at=AT)
    found = [*session.scalars(problems(OPEN))]
    assert found == [first, second]
    assert [*session.scalars(problems([ProblemState.REPORTED]))] == [first]
    assert [*session.scalars(problems(OPEN, kind=ProblemKind.FAULT, officer_id=helper))] == [second]
    assert [*session.scalars(problems(OPEN, officer_id=helper + 1))] == []
