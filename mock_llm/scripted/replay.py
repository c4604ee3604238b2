"""Replays a recording: equal requests get the recorded replies, in order, with their timing.

The last reply to a request stays when all have been given. How far a lab has come is its own, and
begins anew when it is reset.
"""

from collections import Counter
from collections.abc import Iterable
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from mock_llm.refusals import Refusal
from mock_llm.scripted.recording import Exchange, read_recording

_COMPARED = 200  # recorded requests that an unrecorded one is compared with
_SHOWN = 80  # characters of a text in a message


class Recording:
    """What is recorded, by what was asked.

    Args:
        strict: whether what was not recorded is refused, instead of being answered as usual.
    """

    def __init__(self, exchanges: Iterable[Exchange], *, strict: bool = False) -> None:
        self.strict = strict
        self._by_content: dict[str, list[Exchange]] = {}
        for exchange in exchanges:
            self._by_content.setdefault(exchange.content, []).append(exchange)

    @classmethod
    def load(cls, path: str | Path, *, strict: bool = False) -> "Recording":
        """The recording in a file.

        Raises:
            SettingError: naming the file, the line and what is wrong with it.
        """
        return cls(read_recording(Path(path)), strict=strict)

    def __len__(self) -> int:
        return sum(map(len, self._by_content.values()))

    @property
    def models(self) -> set[str]:
        """The models that were asked."""
        each = (exchange.model for found in self._by_content.values() for exchange in found)
        return {model for model in each if model}

    def of(self, content: str) -> list[Exchange]:
        """The exchanges of one request, in order; empty if it was not recorded."""
        return self._by_content.get(content, [])

    def missing(self, method: str, path: str, request: dict[str, Any] | None) -> Refusal:
        """Says which request was not recorded, and which recorded one comes nearest."""
        asked = _last_text(request)
        alike = [each[0] for each in self._by_content.values() if each[0].path == path]
        near = max(
            alike[:_COMPARED],
            key=lambda each: SequenceMatcher(None, _last_text(each.request), asked).ratio(),
            default=None,
        )
        hint = f"Nothing is recorded for {path}"
        if near is not None:
            how = "as a stream" if near.is_stream else "as a whole"
            hint = f"The nearest is {_shown(near.request)}, model {near.model}, {how}"
        return Refusal(
            "invalid_value",
            f"mock_llm: this request is not recorded ({method} {path}, {_shown(request)}, model "
            f"{(request or {}).get('model')}). {hint}. Record it: mock-llm record",
            code="not_recorded",
        )


class Tape:
    """How far one lab has come in a recording. Only the server's own thread moves it."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self._given: Counter[str] = Counter()

    def peek(self, content: str) -> Exchange | None:
        """The exchange that is next for a request; None if it was not recorded."""
        found = self.recording.of(content)
        return found[min(self._given[content], len(found) - 1)] if found else None

    def take(self, content: str) -> Exchange | None:
        """The same, and go on to the one after it."""
        exchange = self.peek(content)
        if exchange is not None:
            self._given[content] += 1
        return exchange


def _shown(request: Any) -> str:
    text = _last_text(request)
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def _last_text(request: Any) -> str:
    """What was said last in a request, in any provider's format."""
    found = ""
    for key in ("messages", "input", "prompt"):
        value = (request or {}).get(key)
        while isinstance(value, list | dict) and value:
            value = (
                value[-1] if isinstance(value, list) else value.get("content", value.get("text"))
            )
        found = value if isinstance(value, str) else found
    return found
