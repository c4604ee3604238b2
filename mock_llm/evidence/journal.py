"""The journal of a lab: what reached the server, one entry a request.

It is kept in memory and bounded: the newest `KEPT_ENTRIES` entries of a lab stay, or fewer if all
journals of a server together are more than `KEPT_BYTES`; older ones are dropped and counted. An
entry keeps the request as it came and takes it apart only when asked. `mock_llm.evidence.disk`
keeps all of them.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

import orjson

from mock_llm.bounded_json import load_json

if TYPE_CHECKING:
    from mock_llm.evidence.visit import Visit

KEPT_ENTRIES = 100_000
KEPT_BYTES = 24 * 1024 * 1024
# What a closed request takes beside its body and answer: measured by benchmarks/mock_llm.
_BYTES_EACH = 900

Outcome = Literal["ok", "fault", "error", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request.

    `outcome` is "ok", "fault" (one was injected, named in `fault`), "error" (the request itself was
    refused) or "cancelled" (the client left before its reply was complete). `status` is the HTTP
    status that was sent, 0 if none was. `received_s` is in seconds since the lab was opened,
    `duration_s` in seconds until the reply was ready. `item` is the knowledge pack's question,
    `matched` whether one was read, `correct` whether its answer was right. `retry_count` and
    `timeout_s` are what the official SDK says about itself in its headers, None from who says
    nothing.

    `content` names what was asked: equal for equal requests, "" where it could not be read.
    `first_token_s` is when the first of the reply was ready, in seconds after the request came;
    None if none was. `error` is why a request was refused (a `Reason` of `mock_llm.refusals`),
    `retry_after_s` the wait that it was asked for. `key` is the API key,
    shortened, `day` the date by the lab's clock (UTC). `batch` requests cost half.

    Where a fault made the answer wrong, `truth` is what should have been said, in words; None if no
    question was read. `invented` are the products in the answer that nobody sells, with ", "
    between them; None if there are none.
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
    retry_count: int | None
    timeout_s: float | None
    body: bytes
    sequence: int
    content: str = ""
    first_token_s: float | None = None
    retry_after_s: float | None = None
    error: str | None = None
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    key: str = ""
    day: str = ""
    batch: bool = False
    truth: str | None = None
    invented: str | None = None

    @property
    def request(self) -> dict[str, Any]:
        """The request's body; empty if it had none or it was no JSON object that was read."""
        try:
            parsed = load_json(self.body)
        except ValueError:
            return {}
        return parsed if isinstance(parsed, dict) else {}

    @property
    def prompt(self) -> str:
        """Every text that was sent to the model, one under the other."""
        request = self.request
        said = (
            request.get(key) for key in ("system", "instructions", "messages", "prompt", "input")
        )
        return "\n".join(text for each in said for text in _texts(each))

    def to_dict(self) -> dict[str, Any]:
        """The entry as plain data, as the admin interface sends it."""
        plain = {name: getattr(self, name) for name in _PLAIN}
        return plain | {"prompt": self.prompt, "request": self.request}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Entry":
        """What `to_dict` made, read back."""
        return cls(**{name: data[name] for name in _PLAIN}, body=orjson.dumps(data["request"]))


_PLAIN = tuple(field.name for field in fields(Entry) if field.name != "body")


class Room:
    """How much memory the journals of one server may take together, in bytes.

    Each journal that writes while there is too little room drops its own oldest entries down to
    its share, so one lab's load never empties another one's journal.
    """

    def __init__(self, most: int = KEPT_BYTES) -> None:
        self.most = most
        self.used = 0
        self.journals = 0

    @property
    def share(self) -> int:
        return self.most // max(1, self.journals)


class Journal:
    """The closed requests of one lab. The caller holds the records' lock."""

    def __init__(self, kept: int = KEPT_ENTRIES, room: Room | None = None) -> None:
        self._kept = kept
        self._room = room or Room()
        self._visits: deque[Visit] = deque()
        self._bytes = 0
        self._written = 0

    def write(self, visit: "Visit") -> None:
        """Add a closed request; the oldest ones make room if there is too little."""
        room, size = self._room, _size(visit)
        if not self._visits:
            room.journals += 1
        self._visits.append(visit)
        self._written += 1
        self._bytes += size
        room.used += size
        while len(self._visits) > self._kept or (
            room.used > room.most and self._bytes > room.share
        ):
            self._drop()

    def amend(self, visit: "Visit", change: Callable[[], None]) -> None:
        """Change a closed request, which may be larger or smaller then."""
        before = _size(visit)
        change()
        if visit in self._visits:
            self._bytes += _size(visit) - before
            self._room.used += _size(visit) - before

    def after(self, sequence: int = 0) -> "list[Visit]":
        """The requests with larger sequence numbers, in the order of their arrival."""
        # Written when the reply is ready, read in the order of arrival.
        kept = [visit for visit in self._visits if visit.sequence > sequence]
        kept.sort(key=lambda visit: visit.sequence)
        return kept

    @property
    def written(self) -> int:
        """How many requests were added, those included that made room for newer ones."""
        return self._written

    @property
    def dropped(self) -> int:
        """How many old entries made room for newer ones."""
        return self._written - len(self._visits)

    def newest(self, count: int) -> "list[Visit]":
        """The requests that were added last, in the order in which they were."""
        return list(islice(reversed(self._visits), max(0, count)))[::-1]

    def clear(self) -> None:
        """Give up all entries, and their room."""
        while self._visits:
            self._drop()

    def _drop(self) -> None:
        size = _size(self._visits.popleft())
        self._bytes -= size
        self._room.used -= size
        if not self._visits:
            self._room.journals -= 1


def _size(visit: "Visit") -> int:
    return _BYTES_EACH + len(visit.body) + len(visit.answer)


_SAID = ("system", "instructions", "messages", "prompt", "input")
_DEEPEST = 6  # a part of a tool's result in a list of messages


def _texts(value: object, depth: int = 0) -> Iterator[str]:
    """The texts in a prompt of any form: a text, token ids, messages, parts of messages."""
    if isinstance(value, str):
        if value:
            yield value
    elif isinstance(value, int):
        yield str(value)
    elif isinstance(value, list) and depth < _DEEPEST:
        for each in value:
            yield from _texts(each, depth + 1)
    elif isinstance(value, dict) and depth < _DEEPEST:
        for key in ("text", "content", "output"):
            yield from _texts(value.get(key), depth + 1)
