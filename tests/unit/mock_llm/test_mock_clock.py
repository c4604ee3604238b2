import pytest

from mock_llm.clock import LabClock, ManualClock


@pytest.fixture
def source():
    return ManualClock(wall=1_000_000.0)


def times(clock):
    return clock.monotonic(), clock.wall()


def test_an_untouched_clock_is_the_servers_own(source):
    clock = LabClock(source)
    source.advance(5)
    assert times(clock) == times(source)
    assert clock.monotonic == source.monotonic


def test_a_frozen_clock_stands_still_while_the_servers_goes_on(source):
    clock = LabClock(source)
    source.advance(1)
    clock.freeze()
    source.advance(10)
    assert times(clock) == (1.0, 1_000_001.0)
    assert clock.frozen
    assert clock.ahead_s == -10


def test_a_clock_is_advanced_whether_or_not_it_stands_still(source):
    clock = LabClock(source)
    clock.advance(60)
    source.advance(1)
    assert times(clock) == (61.0, 1_000_061.0)
    clock.freeze()
    clock.advance(4)
    source.advance(100)
    assert times(clock) == (65.0, 1_000_065.0)


def test_a_resumed_clock_runs_on_from_where_it_stood(source):
    clock = LabClock(source)
    clock.freeze()
    source.advance(100)
    clock.advance(7)
    clock.resume()
    assert times(clock) == (7.0, 1_000_007.0)
    source.advance(1)
    assert times(clock) == (8.0, 1_000_008.0)
    assert not clock.frozen


def test_freezing_or_resuming_twice_changes_nothing(source):
    clock = LabClock(source)
    clock.freeze()
    source.advance(3)
    clock.freeze()
    assert clock.monotonic() == 0.0
    clock.resume()
    clock.resume()
    assert clock.monotonic() == 0.0


def test_a_restored_clock_shows_the_servers_time(source):
    clock = LabClock(source)
    clock.advance(60)
    clock.freeze()
    source.advance(2)
    clock.restore()
    assert times(clock) == times(source)


@pytest.mark.parametrize("seconds", [-1, float("inf"), float("nan")])
def test_time_runs_only_forward(source, seconds):
    with pytest.raises(ValueError, match="cannot advance a clock by"):
        LabClock(source).advance(seconds)
