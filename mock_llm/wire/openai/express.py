"""The short way for a plain chat completion: from its bytes to the reply's bytes in one go.

Where a lab injects nothing and limits nothing, there is nothing to wait for, and a task, an ASGI
cycle and a second look at a prompt that came before would cost more than the answer. So the server
hands the request over before it begins a cycle, and gets the whole reply back, or None: then the
request goes the long way, through `mock_llm.wire.openai.api`, which can do everything. Both ways
write the same bytes, and draw, bill and record alike; tests compare them.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mock_llm import engine
from mock_llm.draws import Draw
from mock_llm.evidence.visit import Visit
from mock_llm.injected.fault_kinds import CHAT
from mock_llm.job import Result
from mock_llm.lab import Lab
from mock_llm.labs import MOST_UNDERWAY, Labs
from mock_llm.model.outcomes import Leaves, Outcomes
from mock_llm.refusals import Refusal
from mock_llm.wire import fields
from mock_llm.wire.openai.chat import ChatJob
from mock_llm.wire.openai.chat_request import read_chat
from mock_llm.wire.openai.frames import plain_stream, quoted_pieces
from mock_llm.wire.openai.limits import limit_lines
from mock_llm.wire.openai.paced import STREAM_HEAD, Paced
from mock_llm.wire.openai.request import LONGEST_NAME, sender
from mock_llm.wire.sdk_headers import retry_count, seconds

if TYPE_CHECKING:
    from mock_llm.model.answers import KnowledgePack

PATH = CHAT.encode()
LONGEST_BODY = 8 * 1024
MOST_READS = 8_192  # requests that a server remembers, all labs together
_OWN = b"x-mock-"  # headers that want something of their own

_WHOLE = (
    b"HTTP/1.1 200 OK\r\n%bcontent-type: application/json\r\ncontent-length: %d\r\n"
    b"x-request-id: req_%b\r\nopenai-processing-ms: %d\r\nopenai-version: 2020-10-01\r\n%b\r\n%b"
)
_STREAM = STREAM_HEAD + b"%x\r\n%b\r\n0\r\n\r\n"
# Where the bodies of two equal answers differ: from the id to the time.
_DIFFERENT = b'%b","object":"chat.completion","created":%d'


@dataclass(slots=True)
class _Answer:
    """What came of a request once, ready to be said again.

    `parts` are the body, cut where another one's id and time stand; of a stream they are the pieces
    of its text as JSON, or nothing if they are not that simple.
    """

    result: Result
    parts: Sequence[bytes]


@dataclass(slots=True)
class _Read:
    """A plain request that was read before, and what came of it."""

    body: bytes
    job: ChatJob
    user: str | None
    feature: str | None
    outcomes: Outcomes[_Answer]


@dataclass(frozen=True, slots=True)
class Head:
    """What a request's headers say. `body_bytes` is None where they do not say it plainly."""

    authorization: bytes | None = None
    feature: str | None = None
    retry_count: int | None = None
    timeout_s: float | None = None
    body_bytes: int | None = None

    @classmethod
    def of(cls, headers: Sequence[tuple[bytes, bytes]]) -> "Head | None":
        """The head of a request; None if it wants something that only the long way can do."""
        named = dict(headers)
        if any(name.startswith(_OWN) for name in named):
            return None
        length = named.get(b"content-length", b"")
        plain = length.isdigit() and b"transfer-encoding" not in named
        feature = named.get(b"x-feature")
        return cls(
            authorization=named.get(b"authorization"),
            feature=feature.decode("latin-1")[:LONGEST_NAME] if feature else None,
            retry_count=retry_count(named.get(b"x-stainless-retry-count", b"")),
            timeout_s=seconds(named.get(b"x-stainless-read-timeout", b"")),
            body_bytes=int(length) if plain else None,
        )


class Express:
    """The short way for the labs of one server."""

    def __init__(self, labs: Labs, owner: str, pack: "Callable[[], KnowledgePack]") -> None:
        self._labs = labs
        self._owner = owner
        self._pack = pack
        self._leaves = Leaves()
        self._reads: deque[tuple[Lab, bytes]] = deque()

    def answer(
        self, head: "Head", body: bytes, first_lines: bytes, now: float | None = None
    ) -> bytes | Paced | None:
        """The whole reply, its status line and headers included, or None for the long way.

        Args:
            first_lines: headers that the server itself adds, ready to be sent.
            now: by the loop's clock in seconds; None if the reply has to be sent at once.
        """
        found = self._labs.at_hand(head.authorization)
        if found is None:
            return None
        lab, shown_key = found
        if lab.agenda.is_behind:
            return None
        waits = not lab.is_plain
        if waits and (now is None or not lab.is_undisturbed or lab.underway >= MOST_UNDERWAY):
            return None
        read: _Read | None = lab.requests_read.get(body) or self._read(lab, body)
        if read is None:
            return None
        visit = lab.arrive(CHAT, shown_key)
        visit.body = read.body
        visit.user = read.user
        visit.feature = read.feature or head.feature
        visit.retry_count = head.retry_count
        visit.timeout_s = head.timeout_s
        try:
            return self._written(lab, visit, read, first_lines, now if waits else None)
        except Exception:
            visit.close("error", 500)
            raise

    def _written(
        self, lab: Lab, visit: Visit, read: _Read, first_lines: bytes, now: float | None
    ) -> bytes | Paced:
        job = read.job
        occurrence, draw = engine.admit_at_once(lab, visit, job)
        answer = read.outcomes.of(draw)
        result = answer.result
        engine.note(visit, result)
        if now is not None and not (pace := lab.pace(job.model)).instant:
            arrivals = engine.arrivals_of(lab, pace, job.content, occurrence, result.steps)
            paced = Paced(visit, result, arrivals, now)
            if job.stream:
                paced.stream(job, answer.parts, lambda: _head(lab, visit, result, first_lines))
            else:
                paced.whole(lambda: _whole(lab, visit, answer, first_lines))
            return paced
        if not job.stream:
            reply = _whole(lab, visit, answer, first_lines)
            visit.close("ok", 200)
            return reply
        visit.first_token_s = visit.elapsed
        events = _events(visit, job, answer)
        visit.close("ok", 200)
        return _STREAM % (
            first_lines, visit.token.encode(), round(visit.duration_s * 1000),
            limit_lines(lab, _tokens(result)), len(events), events,
        )  # fmt: skip

    def _read(self, lab: Lab, body: bytes) -> _Read | None:
        """Read a request for the first time; None if it is not as plain as it looked."""
        try:
            request = fields.parse(body)
            job = read_chat(lab.models_of(self._owner), self._pack(), lab, request)
            user = sender(request)
            feature = fields.table(request, "metadata").get("feature")
        except Refusal:
            return None  # the long way says it to the client
        texts = all(type(each.get("content")) is str for each in request["messages"])
        if not job.is_plain or not texts:
            return None
        outcomes = Outcomes(lambda draw: _answer(job, draw), self._leaves)
        read = _Read(body, job, user, feature if isinstance(feature, str) else None, outcomes)
        lab.remember_read(body, read)
        self._reads.append((lab, body))
        if len(self._reads) > MOST_READS:
            reader, oldest = self._reads.popleft()
            reader.requests_read.pop(oldest, None)
        return read


def _answer(job: ChatJob, draw: Draw) -> _Answer:
    result = job.make(lambda _: draw, None)
    if job.stream:
        return _Answer(result, quoted_pieces(result.choices[0]) or ())
    names = _Names()
    body = job.body(names, result)
    return _Answer(result, body.split(_DIFFERENT % (names.token.encode(), names.created)))


@dataclass(frozen=True, slots=True)
class _Names:
    """Stands where each reply has names of its own."""

    token: str = "@"  # noqa: S105  # no secret
    created: int = 0


def _head(lab: Lab, visit: Visit, result: Result, first_lines: bytes) -> bytes:
    """What a stream begins with."""
    spent_ms = round(visit.elapsed * 1000)
    lines = limit_lines(lab, _tokens(result))
    return STREAM_HEAD % (first_lines, visit.token.encode(), spent_ms, lines)


def _whole(lab: Lab, visit: Visit, answer: _Answer, first_lines: bytes) -> bytes:
    different = _DIFFERENT % (visit.token.encode(), visit.created)
    reply = different.join(answer.parts)
    return _WHOLE % (
        first_lines, len(reply), visit.token.encode(), round(visit.elapsed * 1000),
        limit_lines(lab, _tokens(answer.result)), reply,
    )  # fmt: skip


def _tokens(result: Result) -> int:
    return result.usage.prompt + result.usage.completion


def _events(visit: Visit, job: ChatJob, answer: _Answer) -> bytes:
    if not answer.parts:
        return b"".join([event for _, event in job.events(visit, answer.result)])
    result = answer.result
    used = result.usage if job.with_usage else None
    finish = result.choices[0].finish_reason
    return plain_stream(job.model.asked_as, visit.token, visit.created, answer.parts, finish, used)
