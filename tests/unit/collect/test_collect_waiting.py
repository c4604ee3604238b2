"""The bar comes when it takes long, and only for people."""

from __future__ import annotations

import io

import pytest

from workshop.collect.waiting import bar_when_long


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run(monkeypatch: pytest.MonkeyPatch, stderr: io.StringIO, *times: float) -> str:
    monkeypatch.setattr("sys.stderr", stderr)
    ticks = iter([0.0, *times])
    with bar_when_long(lambda: next(ticks, times[-1])) as show:
        for done in range(len(times)):
            show(done, len(times))
    return stderr.getvalue()


def test_a_short_run_shows_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, Terminal(), 0.5, 1.9) == ""


def test_a_long_run_shows_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "collecting" in run(monkeypatch, Terminal(), 0.5, 2.1, 3.0)


def test_where_nobody_looks_there_is_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, io.StringIO(), 0.5, 2.1, 3.0) == ""
