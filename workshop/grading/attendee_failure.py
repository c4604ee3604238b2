"""What may be said of a failure in the attendee's test file, when others read it.

A run of that file could put the right service's code, or what hidden tests ask, into an exception,
a test's id or what it prints. So of what a run says only this is passed on: words that the
submission itself holds, the names of Python's own exceptions, and a line's number.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workshop.grading.faults import NOT_WRITTEN

_WORD = re.compile(r"[^\W\d]\w*")
_OF_PYTHON = frozenset(name for name in dir(builtins) if name[0].isupper())
# What pytest.fail raises.
_OF_PYTEST = frozenset({"Failed"})


@dataclass(frozen=True)
class Place:
    """Where the first failure was, in the run's own words: the test, the exception, the line."""

    test: str = ""
    kind: str = ""
    line: int = 0

    @classmethod
    def from_answer(cls, answer: object) -> Place:
        """From a worker's answer, none of which is trusted to have the right shape."""
        fields: dict[str, Any] = answer if isinstance(answer, dict) else {}
        line = fields.get("line")
        return cls(
            test=str(fields.get("test", "")),
            kind=str(fields.get("kind", "")),
            line=line if isinstance(line, int) else 0,
        )


class OwnWords:
    """The words of a submission: nothing that stands there is news to who wrote it."""

    def __init__(self, files: Mapping[str, bytes], test_file: str) -> None:
        texts = {path: data.decode("utf-8", errors="replace") for path, data in files.items()}
        self._words = {word for text in texts.values() for word in _WORD.findall(text)}
        self._lines = len(texts.get(test_file, "").splitlines())

    def test(self, name: str) -> str:
        """The test's name without the ids of its parameters."""
        parts = name.partition("[")[0].split("::")
        return "::".join(parts) if self._words.issuperset(parts) else "a test"

    def place(self, place: Place) -> str:
        """ "test_it, line 5: AssertionError", as much of it as may be said."""
        if not place.kind:
            return ""
        where = [self.test(place.test)] if place.test else []
        if 0 < place.line <= self._lines:
            where.append(f"line {place.line}")
        return ": ".join(filter(None, (", ".join(where), self._kind(place.kind))))

    def _kind(self, name: str) -> str:
        if name == NOT_WRITTEN:
            return "not written yet"
        return name if name in self._words | _OF_PYTHON | _OF_PYTEST else "an exception"
