import pytest

from excise.work import courtesy


class Clock:
    """Time that passes only while somebody waits, or works."""

    now = 100.0

    def monotonic(self):
        return self.now

    def wait(self, seconds):
        self.now += seconds
        return False


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(courtesy, "time", clock)
    return clock


def waited(clock, polite):
    began = clock.now
    polite.give_way()
    return clock.now - began


def test_work_begins_at_once_when_few_requests_wait(clock):
    polite = courtesy.Courtesy(lambda: courtesy.CROWD, clock)
    assert waited(clock, polite) == 0


def test_work_waits_for_a_burst_to_pass(clock):
    polite = courtesy.Courtesy(lambda: 50 if clock.now < 112 else 1, clock)
    assert waited(clock, polite) == pytest.approx(12, abs=0.1)


def test_a_crowd_that_never_ends_holds_work_up_for_a_quarter_of_the_time(clock):
    polite = courtesy.Courtesy(lambda: 50, clock)
    assert waited(clock, polite) == pytest.approx(20, abs=0.1)
    held = 0.0
    for _ in range(30):
        clock.now += 3
        held += waited(clock, polite)
    assert held == pytest.approx(30, abs=2)


def test_a_process_that_ends_waits_for_nobody(clock):
    clock.wait = lambda _seconds: True
    assert waited(clock, courtesy.Courtesy(lambda: 50, clock)) == 0
