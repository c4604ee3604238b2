"""What a worker tells without being asked is heard for as long as it takes, and no longer."""

from __future__ import annotations

from typing import Any

from workshop.grading.handle import Handle


class Talkative:
    """A process that says the same for ever; it gives up when nobody else does."""

    def __init__(self, message: dict[str, Any]) -> None:
        self.message, self.left = message, 1000

    def receive(self, timeout: float | None) -> dict[str, Any]:
        self.left -= 1
        assert self.left, "it was listened to for ever"
        return self.message


def heard(message: dict[str, Any]) -> int:
    handle = Handle.__new__(Handle)
    handle._process = Talkative(message)  # type: ignore[assignment]
    handle.errors = []
    return len(handle.collect_errors())


def test_events_without_end_that_are_no_errors_end() -> None:
    assert heard({"event": "x"}) == 0


def test_errors_are_heard() -> None:
    assert heard({"event": "error", "error": {"type": "ValueError"}}) == 20
