"""What comes due in a lab by its clock, and is done whoever looks at whatever first.

Nothing runs on its own: before somebody reads or changes a lab, and before a request comes in,
everything that is due by then is done, in the order in which it was due, and as if it were done in
time: what is done sees the clock at that moment, so that bills, days, windows and caches are those
of then.
"""

import asyncio
import logging
import math
import threading
from heapq import heapify, heappop, heappush
from typing import Protocol

from mock_llm.clock import LabClock

_MANY = 10_000  # tasks; beyond that those that are over are dropped
_log = logging.getLogger("mock_llm")


class Task(Protocol):
    """Something that is done step by step."""

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to be done."""

    def go_on(self) -> float | None:
        """Do the step that is due; gives the moment of the next one, None if it was the last.

        It runs in any thread, and must wait for nothing.
        """


class Agenda:
    """What is to be done, by the moment at which it is due. Safe to use from any thread.

    Moments are in seconds since 1970 by the lab's clock.
    """

    def __init__(self, clock: LabClock) -> None:
        self._clock = clock
        self._tasks: list[tuple[float, int, Task]] = []
        self._added = 0
        self._due = math.inf
        self._has_ended = False
        self._lock = threading.Lock()
        self._working = threading.RLock()
        self._is_working = False
        self._aside: asyncio.Future[None] | None = None

    @property
    def is_behind(self) -> bool:
        """Whether something is due, or being done."""
        return self._due < math.inf and self._due <= self._clock.wall()

    def add(self, moment: float, task: Task) -> None:
        """Do the first step of a task at a moment."""
        with self._lock:
            if self._has_ended:
                return
            if len(self._tasks) >= _MANY:
                self._tasks = [each for each in self._tasks if not each[2].is_over]
                heapify(self._tasks)
            self._push(moment, task)

    def catch_up(self) -> None:
        """Do everything that is due by now; on return it is done, by this thread or another."""
        if not self.is_behind:
            return
        with self._working:
            if self._is_working:
                return  # a step reads the lab that it is a part of
            self._is_working = True
            try:
                until = self._clock.wall()
                while self._do_one(until):
                    pass
            finally:
                self._is_working = False

    async def up_to_date(self) -> None:
        """The same for an event loop, which serves others meanwhile."""
        until = self._clock.wall()
        loop = asyncio.get_running_loop()
        for _ in range(2):  # the first may have begun too early
            if self._due > until:
                return
            aside = self._aside
            if aside is None or aside.done() or aside.get_loop() is not loop:
                # One thread for all requests that wait for it.
                aside = self._aside = loop.run_in_executor(None, self.catch_up)
            await asyncio.shield(aside)

    def end(self) -> None:
        """Forget everything; on return no step is being done, and none will be."""
        self._has_ended = True
        with self._working, self._lock:
            self._tasks.clear()
            self._due = math.inf

    def _do_one(self, until: float) -> bool:
        """Do the step that was due first, if one is due by a moment."""
        with self._lock:
            if self._has_ended or not self._tasks or self._tasks[0][0] > until:
                return False
            moment, _, task = heappop(self._tasks)  # `_due` stays: it is not done yet
        again: float | None = moment  # if this is interrupted
        try:
            with self._clock.as_of(moment):
                again = task.go_on()
        except Exception:
            again = None  # it would fail at every look
            _log.exception("a bug in mock_llm: a task is given up")
        finally:
            with self._lock:
                if again is not None:
                    self._push(again, task)
                self._due = self._tasks[0][0] if self._tasks else math.inf
        return True

    def _push(self, moment: float, task: Task) -> None:
        self._added += 1
        heappush(self._tasks, (moment, self._added, task))
        self._due = min(self._due, moment)
