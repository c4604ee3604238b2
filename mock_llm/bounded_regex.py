"""Regular expressions that others wrote: found in a text within a bounded time, or given up.

Python's own `re` cannot be stopped: an innocent (\\w+\\s?)*$ and a text that nearly fits hold a
whole server up for hours. No look at a pattern tells which are harmless, so patterns of rules and
schemas go to the `regex` package, which reads the same language and keeps an eye on the clock.
"""

import re
import time
from functools import lru_cache
from math import prod
from typing import Any

import regex

LONGEST_PATTERN = 1_000  # characters
# All repetition counts of a pattern multiplied: nested ones are unfolded before the search begins.
MOST_REPEATS = 10_000
MOST_SEARCH_S = 0.25
_COUNTS = re.compile(r"\{(\d*),?(\d*)\}")

Pattern = Any  # a compiled `regex`
Found = Any  # one of its matches


class Patience:
    """The time that some searches may take together.

    Args:
        seconds: of the processor, not of the wall: a busy machine changes no outcome.
    """

    __slots__ = ("_left",)

    def __init__(self, seconds: float = MOST_SEARCH_S) -> None:
        self._left = seconds

    def search(self, pattern: Pattern, text: str) -> Found | None:
        """Where a pattern is found first in a text; None if nowhere.

        Raises:
            TimeoutError: there is no time left to find out.
        """
        if self._left <= 0.0:
            raise TimeoutError("no time is left to search")
        begun = time.process_time()
        try:
            return pattern.search(text, timeout=self._left)
        finally:
            self._left -= time.process_time() - begun


@lru_cache(maxsize=64)
def compile_bounded(pattern: str) -> Pattern:
    """A pattern, ready to be searched for.

    Raises:
        ValueError: saying what is wrong with it.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise ValueError(f"it has more than {LONGEST_PATTERN:,} characters")
    counts = [max(int(each or 1) for each in pair) for pair in _COUNTS.findall(pattern)]
    if prod(max(1, count) for count in counts) > MOST_REPEATS:
        raise ValueError(f"its repetitions add up to more than {MOST_REPEATS:,}")
    try:
        # By itself the package would remember the last 500 patterns.
        return regex.compile(pattern, cache_pattern=False)
    except (regex.error, RecursionError) as error:
        raise ValueError(str(error)) from error
