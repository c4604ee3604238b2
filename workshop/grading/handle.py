"""A worker as a test sees it: calls into a submission that lives in another process."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from types import TracebackType
from typing import Any, NoReturn

from workshop.grading import whereabouts
from workshop.grading.deadline import Deadline
from workshop.grading.faults import (
    EngineTrouble,
    SubmissionDied,
    SubmissionError,
    SubmissionTimeout,
    plain_text,
)
from workshop.grading.process import ChannelBroken, NoAnswer, Process

CALL_TIMEOUT_S = 5.0
SERVE_TIMEOUT_S = 10.0
# The worker's own start, before any code of the submission: only a machine in trouble is late.
_READY_TIMEOUT_S = 60.0
_ASK_TO_STOP_EVERY_S = 0.05
_MAX_ERRORS = 20
_ON_ITS_WAY_S = 0.05
_BROKE = "broke the channel to the grader"
_SIGNALS = {-9: "", -11: " by a segmentation fault", -24: " for using too much processor time"}


class Stopped(Exception):
    """The worker was ended before its answer came, because whoever asked needs no more."""


class Handle:
    """One worker. Use as `with worker.start() as w:`; leaving the block ends it and all it left."""

    def __init__(self, process: Process, setup: dict[str, Any], on_end: Callable[[], None]) -> None:
        self._process = process
        self._on_end = on_end
        self._folder = str(setup["folder"])
        self._number = 0
        self._died: SubmissionDied | None = None
        self.errors: list[SubmissionError] = []
        try:
            process.send(setup)
            process.receive(timeout=_READY_TIMEOUT_S)
        except (ChannelBroken, NoAnswer):
            tail = process.output[-500:]
            self.end()
            raise EngineTrouble(f"a worker process could not be started: {tail}") from None

    def __enter__(self) -> Handle:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def call(
        self, target: str, /, *args: object, timeout: float = CALL_TIMEOUT_S, **kwargs: object
    ) -> Any:
        """Calls "module:function" in the submission's folder; plain data in and out.

        A coroutine is awaited, all of one worker on the same loop. Raises SubmissionError,
        SubmissionTimeout (after `timeout` seconds, see Deadline; the worker is ended) or
        SubmissionDied.
        """
        request = {"op": "call", "target": target, "args": args, "kwargs": kwargs}
        return self.ask({**request, "timeout": timeout}, timeout)

    def serve(
        self, target: str, /, *args: object, timeout: float = SERVE_TIMEOUT_S, **kwargs: object
    ) -> str:
        """Serves the ASGI app that "module:function" returns; its URL, without a last slash."""
        request = {"op": "serve", "target": target, "args": args, "kwargs": kwargs}
        port = self.ask({**request, "timeout": timeout}, timeout + 1)
        if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
            self._lost(f"{_BROKE} (a port was expected)")
        return f"http://127.0.0.1:{port}"

    @property
    def output(self) -> str:
        """What the submission has printed and logged so far (stdout and stderr, at most 1 MB)."""
        return self._process.output

    @property
    def exit_code(self) -> int | None:
        """Negative for a signal; None while it runs."""
        return self._process.exit_code

    def ask(
        self,
        request: dict[str, Any],
        timeout: float,
        *,
        hear: Callable[[dict[str, Any]], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Any:
        """Sends one request and waits for its answer, and for nothing else.

        `hear` is given what the worker tells on the way ("outcome" events); once `stop` returns
        True the worker is ended and Stopped raised.
        """
        if self._died is not None:
            raise SubmissionDied(self._died.why, place=self._died.place)
        self._number += 1
        deadline = Deadline(timeout)
        try:
            self._process.send({"id": self._number, **request})
            while True:
                message = self._next(deadline, stop)
                if message.get("id") == self._number and {"value"} <= message.keys():
                    return message["value"]
                if message.get("id") == self._number and "error" in message:
                    raise SubmissionError.from_plain(message["error"])
                if hear is not None and message.get("event") == "outcome":
                    hear(message)
                    continue
                if message.get("event") != "error":
                    self._lost(f"{_BROKE} (it answered what was not asked)")
                self._note(message)
        except NoAnswer:
            self._died = SubmissionDied(f"did not answer within {timeout:g} s")
            self.end()
            if self._process.flooded:
                self._gone()
            raise SubmissionTimeout(timeout, self._last_place()) from None
        except ChannelBroken as broken:
            self.end()
            if str(broken) == "the process has ended":
                self._gone()
            self._lost(f"{_BROKE}: {broken}")

    def _next(self, deadline: Deadline, stop: Callable[[], bool] | None) -> dict[str, Any]:
        while stop is not None and (left := deadline.left_s()) > 0:
            if stop():
                self.end()
                raise Stopped
            with contextlib.suppress(NoAnswer):
                return self._process.receive(min(left, _ASK_TO_STOP_EVERY_S))
        return deadline.receive_from(self._process)

    def end(self) -> None:
        """Ends the worker with every process it started. May be called again."""
        self._process.end()
        self._on_end()

    def collect_errors(self) -> list[SubmissionError]:
        """What endpoints raised, told without being asked."""
        with contextlib.suppress(NoAnswer, ChannelBroken):
            # What was told before the last reply may still be on its way through a thread.
            for _ in range(_MAX_ERRORS):
                self._note(self._process.receive(timeout=_ON_ITS_WAY_S))
        return self.errors

    def _note(self, message: dict[str, Any]) -> None:
        if message.get("event") == "error" and len(self.errors) < _MAX_ERRORS:
            self.errors.append(SubmissionError.from_plain(message.get("error")))

    def _last_place(self) -> str:
        return whereabouts.found_in(self._process.output, self._folder)

    def _lost(self, why: str, said: str = "", place: str = "") -> NoReturn:
        self._died = SubmissionDied(why, said, place)
        self.end()
        raise self._died

    def _gone(self) -> NoReturn:
        if self._process.flooded:
            self._lost("printed more than 1 MB and was stopped")
        code, place = self._process.exit_code, self._last_place()
        if code is not None and code < 0:
            how = _SIGNALS.get(code, f" by signal {-code}")
            self._lost(f"the process was ended{how}", place=place)
        printed = whereabouts.without_end(self._process.output).strip().splitlines()
        said = plain_text(printed[-1], 160) if code and printed else ""
        why = f"the code ended its own process (exit code {code}) instead of answering"
        self._lost(why, said, place)
