"""Keep several servers running together: all of them or none."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import FrameType

from workshop.bootstrap_stop import EXIT_INTERRUPTED, Stop, command
from workshop.lab_service import Service

_POLL_S = 0.1
_START_S = 120.0


@contextlib.contextmanager
def asked_to_stop() -> Iterator[threading.Event]:
    """An event that Ctrl-C, a closed terminal or `kill` sets, instead of ending this process."""
    asked = threading.Event()

    def handle(signum: int, frame: FrameType | None) -> None:
        asked.set()

    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    earlier = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield asked
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


def keep_running(
    services: Sequence[Service], asked: threading.Event, when_ready: Callable[[], None]
) -> int:
    """Call `when_ready` once all services answer, then wait until `asked`; 0 is returned.

    Raises Stop if a service ends by itself more often than it may be started again, or does not
    answer in time. Whatever happens, every service has ended when this returns.
    """
    try:
        if not _wait_for_answers(services, asked):
            return EXIT_INTERRUPTED
        when_ready()
        while not asked.wait(_POLL_S * 5):
            _bring_back(services)
            _require_all_up(services)
        return 0
    finally:
        stop_all(services)


def stop_all(services: Sequence[Service]) -> None:
    """End all services, at the same time rather than in turn."""
    for service in services:
        service.let_go()
    for service in services:
        service.stop()


def _wait_for_answers(services: Sequence[Service], asked: threading.Event) -> bool:
    """True once all answer, False if asked to stop before."""
    deadline = time.monotonic() + _START_S
    waiting = list(services)
    while waiting:
        if asked.wait(_POLL_S):
            return False
        _require_all_up(services)
        waiting = [service for service in waiting if not service.answers()]
        if waiting and time.monotonic() > deadline:
            raise _gone(waiting[0], f"did not answer within {_START_S:.0f} s")
    return True


def _bring_back(services: Sequence[Service]) -> None:
    """Start again what may be: unsaved work in one server should not end with the other."""
    for service in services:
        code = service.exit_code()
        if code is not None and service.restarts > 0:
            print(f"{service.name} ended by itself (exit code {code}); starting it again.")
            service.start_again()


def _require_all_up(services: Sequence[Service]) -> None:
    for service in services:
        code = service.exit_code()
        if code is not None:
            raise _gone(service, f"ended by itself (exit code {code})")


def _gone(service: Service, what: str) -> Stop:
    words = service.last_words()
    end = f" The end of its log:\n{_indented(words)}" if words else ""
    return Stop(
        f"{service.name} {what}, so everything was stopped.{end}",
        f"read {service.log}, then {command('lab')}; {command('doctor')} looks at the machine",
    )


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
