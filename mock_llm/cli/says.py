"""How the commands speak: refusals that end in what to type next, and progress."""

import os
import sys
import time
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import TypeVar

T = TypeVar("T")
PATIENCE_S = 2.0


def refuse(problem: str, instead: str) -> int:
    """Say what is wrong and what to type; returns the exit code."""
    print(f"mock-llm: {problem}\nTry: {instead}", file=sys.stderr)
    return 1


def nearest(given: str, known: Iterable[str], default: str) -> str:
    """What may have been meant."""
    return next(iter(get_close_matches(given, list(known), 1)), default)


def let_go_of_terminal() -> None:
    """Write no more: whoever read has had enough (`| head`).

    Python would complain when it flushes at its end.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def with_progress(things: Iterable[T], what: str) -> Iterator[T]:
    """The things; whoever waits for longer than two seconds is told how many there were so far."""
    told = time.monotonic()
    number = 0
    for number, thing in enumerate(things, 1):
        yield thing
        if number % 500 == 0 and time.monotonic() - told >= PATIENCE_S:
            told = time.monotonic()
            print(f"{number:,} {what} …", file=sys.stderr, flush=True)
