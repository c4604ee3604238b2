"""Answers a request from a recording, byte for byte as the provider did.

Faults and limits of the lab come first, as for any request. The lab's own request id stands in the
headers, so that the journal can be read beside them; what the body says is the recording's.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from mock_llm import engine
from mock_llm.draws import Draw
from mock_llm.evidence.prices import Usage
from mock_llm.evidence.visit import Visit
from mock_llm.injected.fault_kinds import BILLED
from mock_llm.injected.faults import Fault
from mock_llm.job import Result
from mock_llm.lab import Lab
from mock_llm.model.generation import Choice
from mock_llm.model.models import Model
from mock_llm.scripted.recorded_reply import RecordedPace, choice_of, pace_of, usage_of
from mock_llm.scripted.recording import Exchange, content_of, json_object, open_path
from mock_llm.wire.connection import Connection

if TYPE_CHECKING:
    from mock_llm.scripted.replay import Tape

_KIND = "content-type"


@dataclass(slots=True)
class ReplayJob:
    """A recorded reply of a model; see `mock_llm.job.Job`."""

    model: Model
    stream: bool
    content: str
    question: str
    exchange: Exchange
    usage: Usage
    choice: Choice
    pace: RecordedPace
    played: Callable[[], object]
    wants_json: bool = False
    steady: bool = True

    @property
    def prompt_tokens(self) -> int:
        return self.usage.prompt

    async def work(self, draws: Callable[[int], Draw], fault: Fault | None) -> Result:
        self.played()
        return Result(self.usage, (self.choice,), pace=self.pace)

    def body(self, visit: Visit, result: Result) -> bytes:
        return (self.exchange.body or "").encode()

    def events(self, visit: Visit, result: Result) -> Iterator[tuple[int, bytes]]:
        for step, (_, event) in enumerate(self.exchange.events):
            yield step, event.encode()


async def replay(
    lab: Lab,
    tape: "Tape",
    visit: Visit,
    line: Connection,
    query: bytes,
    models: Mapping[str, Model],
) -> bool:
    """Answer a request as it was recorded; False if it was not, and may be answered otherwise.

    Raises:
        Refusal: it was not recorded and the recording is strict; or a fault or a limit says so.
        ClientGone: the client left.
    """
    path = open_path(line.path, query.decode("latin-1"))
    content = content_of(line.method, path, visit.body)
    exchange = tape.peek(content)
    request = json_object(visit.body)
    if exchange is None:
        if tape.recording.strict:
            raise tape.recording.missing(line.method, path, request)
        return False
    _note(visit, line, request or {}, exchange)
    usual = line.make_headers
    own = {
        name.encode(): value.encode() for name, value in exchange.headers.items() if name != _KIND
    }
    line.make_headers = lambda tokens: (
        *(pair for pair in usual(tokens) if pair[0] not in own),
        *own.items(),
    )
    if exchange.status == 200 and visit.endpoint in BILLED and exchange.model:
        await engine.run(lab, visit, _job(lab, tape, content, exchange, models), line)
    else:
        await _as_it_was(lab, tape, visit, line, content, exchange)
    return True


def _note(visit: Visit, line: Connection, request: Mapping[str, object], made: Exchange) -> None:
    """What the journal says about who asked."""
    table = request.get("metadata")
    metadata = table if isinstance(table, dict) else {}
    users = (request.get("safety_identifier"), request.get("user"), metadata.get("user_id"))
    visit.user = next((each for each in users if isinstance(each, str)), None)
    named = metadata.get("feature")
    header = line.headers.get(b"x-feature", b"").decode("latin-1") or None
    visit.feature = named if isinstance(named, str) else header
    visit.model, visit.stream, visit.content = made.model or None, made.is_stream, made.content


def _job(
    lab: Lab, tape: "Tape", content: str, exchange: Exchange, models: Mapping[str, Model]
) -> ReplayJob:
    used = usage_of(exchange)
    choice = choice_of(exchange, used)
    return ReplayJob(
        model=models.get(exchange.model) or _stranger(exchange.model),
        stream=exchange.is_stream,
        content=content,
        question=content,
        exchange=exchange,
        usage=used,
        choice=choice,
        pace=pace_of(exchange, choice.steps),
        played=lambda: tape.take(content),
    )


def _stranger(id: str) -> Model:
    """A model that only the recording knows."""
    return Model(
        id=id,
        serves="chat",
        tier="large",
        owner="recorded",
        created=date.min,
        shutdown_date=None,
        context_window=1_000_000,
        max_output=1_000_000,
        capability={},
    )


async def _as_it_was(
    lab: Lab, tape: "Tape", visit: Visit, line: Connection, content: str, exchange: Exchange
) -> None:
    """Send an error, or a reply of no model's: nothing is billed."""
    if await engine.failed(lab, visit, content, line):
        return
    tape.take(content)
    await line.until(exchange.duration_s * lab.time_scale())
    wait = exchange.headers.get("retry-after", "")
    visit.retry_after_s = float(wait) if wait.isdigit() else None
    status = exchange.status
    visit.close("ok" if status < 400 else "error", status)
    kind = exchange.headers.get(_KIND, "application/json").encode()
    said = exchange.body
    if said is None:
        said = "".join(event for _, event in exchange.events)
    await line.answer(status, kind, said.encode(), line.make_headers(0))
