"""The journal of a lab: what reached the server, one entry a request.

It is kept in memory and bounded: the newest `KEPT_ENTRIES` entries stay, or fewer if their requests
and answers are more than `KEPT_BYTES` together; older ones are dropped and counted. An entry keeps
the request as it came and takes it apart only when asked.
"""

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

import orjson

KEPT_ENTRIES = 100_000
KEPT_BYTES = 256 * 1024 * 1024

Outcome = Literal["ok", "fault", "error", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request.

    `outcome` is "ok", "fault" (one was injected, named in `fault`), "error" (the request itself was
    refused) or "cancelled" (the client left before its reply was complete). `status` is the HTTP
    status that was sent, 0 if none was. `received_s` is in seconds since the lab was opened,
    `duration_s` in seconds until the reply was ready. `item` is the knowledge pack's question,
    `matched` whether one was read, `correct` whether its answer was right. `retry_count` and
    `timeout_s` are what the official SDK says about itself in its headers.
    """

    id: str
    endpoint: str
    model: str | None
    user: str | None
    feature: str | None
    stream: bool
    status: int
    outcome: Outcome
    fault: str | None
    prompt_tokens: int
    completion_tokens: int
    cost_nanodollars: int
    item: str | None
    matched: bool
    correct: bool | None
    answer: str
    finish_reason: str | None
    received_s: float
    duration_s: float
    retry_count: int
    timeout_s: float | None
    body: bytes
    sequence: int

    @property
    def request(self) -> dict[str, Any]:
        """The request's body; empty if it had none or it was no JSON object."""
        try:
            parsed = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return {}
        return parsed if isinstance(parsed, dict) else {}

    @property
    def prompt(self) -> str:
        """Every text that was sent to the model, one under the other."""
        request = self.request
        texts = [text for message in _list(request.get("messages")) for text in _texts(message)]
        for key in ("prompt", "input"):
            value = request.get(key)
            texts += [str(each) for each in (value if isinstance(value, list) else [value]) if each]
        return "\n".join(texts)

    def to_dict(self) -> dict[str, Any]:
        """The entry as plain data, as the admin interface sends it."""
        plain = {name: getattr(self, name) for name in _PLAIN}
        return plain | {"prompt": self.prompt, "request": self.request}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Entry":
        """What `to_dict` made, read back."""
        return cls(**{name: data[name] for name in _PLAIN}, body=orjson.dumps(data["request"]))


_PLAIN = tuple(field.name for field in fields(Entry) if field.name != "body")


class Journal:
    """The entries of one lab, in the order in which their requests came."""

    def __init__(self, kept: int = KEPT_ENTRIES, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept = kept
        self._kept_bytes = kept_bytes
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self._written = 0
        self._lock = threading.Lock()

    def write(self, entry: Entry) -> None:
        """Add one entry; the oldest ones make room if the journal is full."""
        with self._lock:
            self._entries.append(entry)
            self._written += 1
            self._bytes += _size(entry)
            while len(self._entries) > self._kept or self._bytes > self._kept_bytes:
                self._bytes -= _size(self._entries.popleft())

    def entries(self) -> list[Entry]:
        with self._lock:
            entries = list(self._entries)
        # Written when its reply is ready, read in the order of arrival.
        entries.sort(key=lambda entry: entry.sequence)
        return entries

    @property
    def dropped(self) -> int:
        """How many old entries made room for newer ones."""
        return self._written - len(self._entries)


def _size(entry: Entry) -> int:
    return len(entry.body) + len(entry.answer)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(message: object) -> list[str]:
    content = message.get("content") if isinstance(message, Mapping) else None
    if isinstance(content, str):
        return [content]
    parts = [part for part in _list(content) if isinstance(part, Mapping)]
    return [part["text"] for part in parts if isinstance(part.get("text"), str)]
