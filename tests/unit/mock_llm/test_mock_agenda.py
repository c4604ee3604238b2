"""What comes due by a lab's clock, and is done before anybody reads or changes the lab."""

import asyncio
import threading

import pytest

from mock_llm.agenda import Agenda
from mock_llm.clock import LabClock, ManualClock


@pytest.fixture
def source():
    return ManualClock(wall=1_000.0)


@pytest.fixture
def clock(source):
    return LabClock(source)


@pytest.fixture
def agenda(clock):
    return Agenda(clock)


class Steps:
    """A task that notes the clock at each of its steps."""

    def __init__(self, clock, *moments):
        self.clock = clock
        self.moments = list(moments)
        self.seen = []
        self.is_over = False

    def go_on(self):
        self.seen.append((self.clock.wall(), self.clock.monotonic()))
        return self.moments.pop(0) if self.moments else None


def test_nothing_is_done_before_it_is_due(agenda, clock, source):
    task = Steps(clock)
    agenda.add(1_010.0, task)
    source.advance(9.5)
    agenda.catch_up()
    assert (agenda.is_behind, task.seen) == (False, [])
    source.advance(0.5)
    assert agenda.is_behind
    agenda.catch_up()
    assert (agenda.is_behind, len(task.seen)) == (False, 1)


def test_each_step_sees_the_clock_at_the_moment_when_it_was_due(agenda, clock, source):
    task = Steps(clock, 1_020.0, 1_030.0, 9_999.0)
    agenda.add(1_010.0, task)
    source.advance(500)
    agenda.catch_up()
    assert task.seen == [(1_010.0, 10.0), (1_020.0, 20.0), (1_030.0, 30.0)]
    assert clock.wall() == 1_500.0


def test_tasks_are_done_in_the_order_of_their_moments(agenda, clock, source):
    one, two = Steps(clock, 1_030.0), Steps(clock, 1_040.0)
    two.seen = one.seen
    agenda.add(1_020.0, two)
    agenda.add(1_010.0, one)
    clock.freeze()
    clock.advance(100)
    agenda.catch_up()
    assert [wall for wall, _ in one.seen] == [1_010.0, 1_020.0, 1_030.0, 1_040.0]


def test_who_comes_while_another_thread_is_at_work_waits_until_it_is_done(agenda, clock, source):
    begun, go = threading.Event(), threading.Event()

    class Slow(Steps):
        def go_on(self):
            begun.set()
            go.wait(10)
            return super().go_on()

    task = Slow(clock)
    agenda.add(1_000.0, task)
    worker = threading.Thread(target=agenda.catch_up)
    worker.start()
    assert begun.wait(10)
    assert agenda.is_behind
    threading.Timer(0.05, go.set).start()
    agenda.catch_up()
    assert len(task.seen) == 1
    worker.join()


def test_a_step_that_reads_its_own_lab_does_not_wait_for_itself(agenda, clock):
    class Reading(Steps):
        def go_on(self):
            agenda.catch_up()
            return super().go_on()

    task = Reading(clock)
    agenda.add(1_000.0, task)
    agenda.catch_up()
    assert len(task.seen) == 1


def test_other_threads_go_by_the_present_while_a_step_is_in_the_past(clock, source):
    source.advance(50)
    seen = []
    with clock.as_of(1_010.0):
        other = threading.Thread(target=lambda: seen.append((clock.wall(), clock.monotonic())))
        other.start()
        other.join()
        assert (clock.wall(), clock.monotonic()) == (1_010.0, 10.0)
        clock.freeze()
    assert seen == [(1_050.0, 50.0)]
    assert clock.frozen


def test_a_task_that_fails_is_given_up_and_the_others_go_on(agenda, clock, caplog):
    class Broken(Steps):
        def go_on(self):
            raise OverflowError("too much")

    task = Steps(clock)
    agenda.add(999.0, Broken(clock))
    agenda.add(1_000.0, task)
    agenda.catch_up()
    assert (len(task.seen), agenda.is_behind) == (1, False)
    assert "a bug in mock_llm" in caplog.text


def test_a_step_that_is_interrupted_is_done_the_next_time(agenda, clock):
    class Interrupted(Steps):
        def go_on(self):
            super().go_on()
            if len(self.seen) == 1:
                raise KeyboardInterrupt
            return None

    task = Interrupted(clock)
    agenda.add(1_000.0, task)
    with pytest.raises(KeyboardInterrupt):
        agenda.catch_up()
    agenda.catch_up()
    assert (len(task.seen), agenda.is_behind) == (2, False)


def test_what_is_over_makes_room(agenda, clock):
    for _ in range(30_000):
        task = Steps(clock)
        task.is_over = True
        agenda.add(5_000.0, task)
    assert len(agenda._tasks) <= 10_000


def test_an_agenda_that_has_ended_does_nothing_more(agenda, clock):
    task = Steps(clock, 1_000.0)
    agenda.add(1_000.0, task)
    agenda.end()
    agenda.add(1_000.0, task)
    agenda.catch_up()
    assert (agenda.is_behind, task.seen) == (False, [])


def test_an_event_loop_serves_others_while_something_is_done(agenda, clock):
    go = threading.Event()

    class Slow(Steps):
        def go_on(self):
            assert go.wait(10), "the loop stood still"
            return super().go_on()

    tasks = [Slow(clock) for _ in range(3)]
    for task in tasks:
        agenda.add(1_000.0, task)

    async def look():
        waiting = asyncio.gather(*(agenda.up_to_date() for _ in range(100)))
        await asyncio.sleep(0)
        go.set()
        await waiting

    asyncio.run(look())
    assert [len(task.seen) for task in tasks] == [1, 1, 1]
    asyncio.run(agenda.up_to_date())  # in another loop, and with nothing to do
