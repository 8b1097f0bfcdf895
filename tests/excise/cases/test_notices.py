from datetime import date, timedelta

import pytest

from excise.cases.actions import close, put_aside, take, void
from excise.cases.models import Answer, CorrectionRequest, NotInThisState
from excise.cases.notices import Said, answer, keep_files, move_clocks, notify, refuse
from excise.cases.queries import notice_of, told_within
from excise.cases.rules import AnswerKind, DiscrepancyState, Reason
from excise.documents.store import Store
from excise.errors import Invalid, NotFound
from excise.people.rules import Right
from excise.taxpayers.queries import reach_of
from tests import factories
from tests.conftest import count
from tests.excise.at_once import at_once
from tests.excise.cases.test_actions import UNIT, auditor, found, only, run
from tests.factories import AT, TODAY

DAY = timedelta(days=1)
_S = DiscrepancyState


@pytest.fixture
def filed(session):
    return factories.filed(session)


def notified(session, filed):
    run(session, [found(filed)])
    officer = auditor(session)
    reference = only(session).reference
    take(session, reference=reference, officer_id=officer, at=AT)
    return notify(session, reference=reference, officer_id=officer, at=AT)


def say(session, one, filed, kind=AnswerKind.EXPLAIN, submission_id="s-1", at=AT, **said):
    if kind is AnswerKind.EXPLAIN:
        said = {"reason": Reason.TIMING} | said
    return answer(
        session,
        Said(kind=kind, **said),
        reference=one.reference,
        person_id=filed.created_by,
        submission_id=submission_id,
        at=at,
    )


def acts(one):
    return [event.act for event in one.events]


def test_a_notice_starts_the_clock_and_is_seen_by_its_taxpayer_only(session, filed):
    run(session, [found(filed)])
    one, person = only(session), filed.created_by
    see = {"person_id": person, "right": Right.VIEW, "on": TODAY}
    with pytest.raises(NotFound):  # nothing was sent yet
        notice_of(session, one.reference, **see)
    officer = auditor(session)
    with pytest.raises(NotInThisState):
        notify(session, reference=one.reference, officer_id=officer, at=AT)
    take(session, reference=one.reference, officer_id=officer, at=AT)
    notify(session, reference=one.reference, officer_id=officer, at=AT)
    assert (one.state, one.due_on) == (_S.NOTIFIED, date(2026, 11, 25))
    assert notice_of(session, one.reference, **see) is one
    assert session.scalars(told_within(reach_of(session, person, on=TODAY))).all() == [one]
    stranger = factories.person(session)
    with pytest.raises(NotFound):
        notice_of(session, one.reference, **see | {"person_id": stranger.id})
    with pytest.raises(NotInThisState):  # the taxpayer has been given the time
        take(session, reference=one.reference, officer_id=officer, at=AT)


def test_silence_is_reminded_once_and_then_is_the_answer(session, filed):
    one = notified(session, filed)
    assert move_clocks(session, at=AT + 15 * DAY) == 0  # the last day counts
    late = AT + 16 * DAY
    assert [move_clocks(session, at=late) for _ in range(2)] == [1, 0]
    assert (one.state, one.due_on) == (_S.REMINDED, TODAY + 23 * DAY)
    assert [move_clocks(session, at=late + 8 * DAY) for _ in range(2)] == [1, 0]
    assert (one.state, one.due_on, acts(one)[-2:]) == (
        _S.UNDER_REVIEW,
        None,
        ["reminded", "silent"],
    )
    with pytest.raises(NotInThisState):
        say(session, one, filed, at=late + 8 * DAY)


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (AnswerKind.PAY, _S.ACCEPTED_PAY),
        (AnswerKind.AMEND, _S.ACCEPTED_AMEND),
        (AnswerKind.EXPLAIN, _S.EXPLAINED),
        (AnswerKind.DISPUTE, _S.SOURCE_DISPUTED),
    ],
)
def test_an_answer_stops_the_clock_and_goes_back_to_an_officer(session, filed, kind, state):
    one = notified(session, filed)
    said = {"words": "ไม่ใช่ของเรา", "source": "vat"} if kind is AnswerKind.DISPUTE else {}
    given = say(session, one, filed, kind, **said)
    assert (one.state, one.due_on) == (state, None)
    assert say(session, one, filed, kind, **said) is given
    with pytest.raises(NotInThisState):
        say(session, one, filed, kind, submission_id="s-2", **said)
    assert count(session, CorrectionRequest) == (kind is AnswerKind.DISPUTE)
    assert move_clocks(session, at=AT + 99 * DAY) == 0
    take(session, reference=one.reference, officer_id=auditor(session), at=AT)
    assert one.state is _S.UNDER_REVIEW


def test_a_reason_words_and_a_source_are_asked_for(session, filed):
    one = notified(session, filed)
    for code, kind, said in [
        ("reason-missing", AnswerKind.EXPLAIN, {"reason": None}),
        ("words-missing", AnswerKind.EXPLAIN, {"reason": Reason.OTHER, "words": " "}),
        ("words-missing", AnswerKind.DISPUTE, {"source": "vat"}),
        ("agency-missing", AnswerKind.DISPUTE, {"words": "ผิด"}),
    ]:
        with pytest.raises(Invalid, match=code):
            say(session, one, filed, kind, **said)
    assert one.state is _S.NOTIFIED


def test_a_difference_that_grows_is_told_with_time_anew(session, filed):
    one = notified(session, filed)
    run(session, [found(filed, 104)], at=AT + DAY)  # within the tolerance
    assert "grown" not in acts(one)
    run(session, [found(filed, 108)], at=AT + 2 * DAY)  # small steps do not add up unheard
    assert (acts(one)[-1], one.due_on, one.told_difference) == (
        "grown",
        date(2026, 11, 27),
        108 * UNIT,
    )
    say(session, one, filed, at=AT + 3 * DAY)
    run(session, [found(filed, 120)], at=AT + 4 * DAY)
    assert (one.state, acts(one)[-1]) == (_S.UNDER_REVIEW, "outgrew-answer")


def test_a_disputed_source_that_corrects_itself_ends_it_and_it_may_come_back(session, filed):
    one = notified(session, filed)
    say(session, one, filed, AnswerKind.DISPUTE, words="ผิด", source="vat")
    run(session, [], at=AT + DAY)
    assert (one.state, acts(one)[-1]) == (_S.CLOSED, "source-corrected")
    assert [each.outcome for each in one.requests] == ["source-corrected"]
    run(session, [found(filed)], at=AT + 2 * DAY)
    assert session.query(type(one)).filter_by(state=_S.QUEUED).count() == 1


def test_a_return_sent_since_ends_it_as_amended(session):
    draft = factories.draft(session)
    run(session, [found(draft, declared=None, outcome="missing-in-return")], at=AT - DAY)
    one, officer = only(session), auditor(session)
    take(session, reference=one.reference, officer_id=officer, at=AT)
    notify(session, reference=one.reference, officer_id=officer, at=AT)
    factories.file(session, draft)
    run(session, [], at=AT + DAY)
    assert acts(one)[-1] == "amended"


def test_an_explanation_is_refused_with_a_reason_or_accepted(session, filed):
    one, officer = notified(session, filed), auditor(session)
    say(session, one, filed)
    with pytest.raises(Invalid, match="reason-missing"):
        refuse(session, reference=one.reference, officer_id=officer, reason=" ", at=AT)
    refuse(session, reference=one.reference, officer_id=officer, reason="ไม่มีหลักฐาน", at=AT)
    assert (one.state, one.officer_id) == (_S.UNDER_REVIEW, officer)
    notify(session, reference=one.reference, officer_id=officer, at=AT)
    say(session, one, filed, submission_id="s-2")
    close(session, reference=one.reference, officer_id=officer, reason="รับฟังได้", at=AT)
    assert (one.state, count(session, Answer)) == (_S.CLOSED, 2)


def test_what_was_sent_can_be_withdrawn_but_not_put_aside(session, filed):
    one, officer = notified(session, filed), auditor(session)
    how = {"reference": one.reference, "officer_id": officer, "reason": "ผิดราย", "at": AT}
    with pytest.raises(NotInThisState):
        put_aside(session, **how)
    void(session, **how)
    assert (one.state, one.due_on) == (_S.VOIDED, None)
    run(session, [found(filed)])
    assert only(session).state is _S.VOIDED


def test_files_are_kept_by_what_they_are(tmp_path):
    store = Store(tmp_path)
    (kept,) = keep_files(store, [("บิล.exe", b"%PDF-1.7 x")])
    assert (kept.media_type, store.get(kept.sha256)) == ("application/pdf", b"%PDF-1.7 x")
    for code, uploads in [
        ("file-not-taken", [("a.pdf", b"<html>")]),
        ("file-too-large", [("a.pdf", b"%PDF-" + bytes(5_000_000))]),
        ("too-many-files", [("a.pdf", b"%PDF-")] * 6),
    ]:
        with pytest.raises(Invalid, match=code):
            keep_files(store, uploads)


def test_answers_and_nights_at_once_count_once(database):
    with database.transaction() as session:
        filed = factories.filed(session)
        reference, person = notified(session, filed).reference, filed.created_by

    def night(_number):
        with database.transaction() as session:
            return move_clocks(session, at=AT + 16 * DAY)

    def same(_number):
        with database.transaction() as session:
            said = Said(kind=AnswerKind.EXPLAIN, reason=Reason.TIMING)
            told = {"reference": reference, "person_id": person, "submission_id": "s-1"}
            return answer(session, said, **told, at=AT + 17 * DAY).id

    assert sorted(at_once(4, night)) == [0, 0, 0, 1]
    assert len(set(at_once(4, same))) == 1
    with database.reading() as session:
        assert only(session).state is _S.EXPLAINED
