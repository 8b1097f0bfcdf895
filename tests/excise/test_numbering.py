import random

from excise import numbering
from tests.excise.at_once import at_once


def test_a_series_counts_from_one(session):
    assert [numbering.take(session, "a") for _ in range(3)] == [1, 2, 3]
    assert numbering.take(session, "b") == 1
    assert (numbering.last(session, "a"), numbering.last(session, "never")) == (3, 0)


def test_a_rollback_gives_the_number_back(database):
    for _ in range(2):
        try:
            with database.transaction() as session:
                assert numbering.take(session, "a") == 1
                raise LookupError
        except LookupError:
            pass
    with database.transaction() as session:
        assert numbering.take(session, "a") == 1


def test_a_rolled_back_savepoint_gives_the_number_back(session):
    numbering.take(session, "a")
    nested = session.begin_nested()
    assert numbering.take(session, "a") == 2
    nested.rollback()
    assert numbering.take(session, "a") == 2


def test_threads_with_rollbacks_leave_no_gap_and_take_no_number_twice(database):
    kept = []

    def work(number):
        chance = random.Random(number)
        for _ in range(12):
            try:
                with database.transaction() as session:
                    taken = numbering.take(session, "receipt")
                    if chance.random() < 0.3:
                        raise LookupError
            except LookupError:
                continue
            kept.append(taken)

    assert at_once(8, work) == [None] * 8
    assert 40 < len(kept) < 96
    assert sorted(kept) == list(range(1, len(kept) + 1))
    with database.reading() as session:
        assert numbering.last(session, "receipt") == len(kept)
