"""A process as its starter sees it, with pipes in place of a process."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

import pytest

from workshop.grading import process as process_module
from workshop.grading.process import ChannelBroken, NoAnswer, Process

Child = tuple[Process, int, int]


class Ending:
    """Ends the other side by closing its descriptors."""

    def __init__(self, *fds: int) -> None:
        self._fds = list(fds)
        self.times = 0

    def end(self) -> int | None:
        self.times += 1
        while self._fds:
            os.close(self._fds.pop())
        return 0


@pytest.fixture
def start() -> Iterator[Callable[[], Child]]:
    started = []

    def make(max_output: int = 1000) -> Child:
        answers, answer = os.pipe()
        request, requests = os.pipe()
        output, printed = os.pipe()
        life = Ending(answer, printed, request)
        process = Process(answers, requests, output, life, max_output)
        started.append(process)
        return process, answer, printed

    yield make
    for process in started:
        process.end()


def test_messages_come_one_by_one_whatever_the_chunks(start) -> None:
    process, answer, _ = start()
    os.write(answer, b'{"a": 1}\n{"b"')
    assert process.receive(5) == {"a": 1}
    os.write(answer, b": 2}\n")
    assert process.receive(5) == {"b": 2}


def test_silence_is_no_answer(start) -> None:
    process, _, _ = start()
    with pytest.raises(NoAnswer):
        process.receive(0.01)


@pytest.mark.parametrize("line", [b"not json\n", b"[1]\n", b"\xff\xfe\n", b"[" * 100_000 + b"\n"])
def test_what_is_no_message_breaks_the_channel(start, line: bytes) -> None:
    process, answer, _ = start()
    while line:
        line = line[os.write(answer, line) :]
    with pytest.raises(ChannelBroken, match="it sent"):
        process.receive(5)


def test_what_waits_to_be_read_has_a_bound_in_bytes_and_what_was_read_no_longer_counts(
    start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_module, "_MAX_WAITING_BYTES", 20_000)
    message = b'{"a": "' + b"x" * 9_000 + b'"}\n'
    process, answer, _ = start()
    for _ in range(5):
        os.write(answer, message)
        assert len(process.receive(5)["a"]) == 9_000
    os.write(answer, message * 3)
    time.sleep(0.3)
    for _ in range(3):
        process.receive(5)
    with pytest.raises(ChannelBroken, match="nobody asked for"):
        process.receive(5)


def test_the_end_of_the_process_is_heard_again_and_again(start) -> None:
    process, _, _ = start()
    process.end()
    for _ in range(2):
        with pytest.raises(ChannelBroken, match="has ended"):
            process.receive(5)


def test_output_is_there_as_soon_as_it_was_written(start) -> None:
    process, _, printed = start()
    os.write(printed, b"hello \xff")
    assert process.output == "hello \ufffd"


def test_too_much_output_ends_the_process_and_is_cut(start) -> None:
    process, _, printed = start(max_output=10)
    os.write(printed, b"x" * 50)
    with pytest.raises(ChannelBroken):
        process.receive(5)
    assert process.flooded
    assert process.output == "x" * 10
