"""Message batches: create, retrieve, list, cancel, delete, results.

Nothing runs on its own: whenever a batch is looked at, the requests that are due by the lab's clock
are run like others, at half price. They are spread evenly over the batch's time. One that hangs, by
a fault, is never done: its batch ends at the end of its day.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from mock_llm import engine
from mock_llm.evidence.visit import Visit
from mock_llm.injected.fault_kinds import MESSAGES
from mock_llm.lab import Lab
from mock_llm.model.models import Model, known_id
from mock_llm.refusals import ClientGone, Refusal
from mock_llm.store import Store
from mock_llm.wire.anthropic import fields
from mock_llm.wire.anthropic.errors import error_body, invalid, status_of
from mock_llm.wire.anthropic.message import MessageJob
from mock_llm.wire.anthropic.models import page
from mock_llm.wire.anthropic.request import note_sender
from mock_llm.wire.anthropic.shelf import MessageBatch
from mock_llm.wire.nobody import Nobody

MOST_REQUESTS = 100_000
DAY_S = 86_400.0
# How long a batch takes: an hour at most, says the provider; here a lesson should not wait.
LEAST_S, MOST_S = 10.0, 60.0
JSON_LINES = b"application/x-jsonl"
_CUSTOM_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_AT_A_TIME = 50
_STATES = ("processing", "succeeded", "errored", "canceled", "expired")

Read = Callable[[Mapping[str, Any]], MessageJob]


@dataclass(slots=True)
class BatchCall:
    """One request about batches.

    Args:
        models: those that can be asked.
        read: turns the params of a batched request into a job.
        home: the URL under which the batches are, for their `results_url`.
        query: the request's query string.
    """

    lab: Lab
    visit: Visit
    batches: Store[MessageBatch]
    models: Mapping[str, Model]
    read: Read
    home: str
    query: bytes

    @property
    def now(self) -> float:
        return self.lab.clock.wall()


Act = Callable[[BatchCall, str], Awaitable[bytes]]


async def create(call: BatchCall, _: str) -> bytes:
    """POST /v1/messages/batches."""
    requests = _requests(fields.parse(call.visit.body))
    now = call.now
    draw = call.lab.draw("batch", *(custom_id for custom_id, _ in requests[:100]))
    batch = MessageBatch(
        id=f"msgbatch_{call.visit.token}",
        requests=requests,
        created_at=now,
        done_at=now + LEAST_S + (MOST_S - LEAST_S) * draw.uniform("working"),
        expires_at=now + DAY_S,
        waiting=list(range(len(requests))),
    )
    # The replies that will come count too.
    call.batches.keep(batch.id, batch, 3 * len(call.visit.body))
    return orjson.dumps(_object(call, batch))


async def retrieve(call: BatchCall, id: str) -> bytes:
    """GET /v1/messages/batches/{id}."""
    return orjson.dumps(_object(call, await _found(call, id)))


async def list_all(call: BatchCall, _: str) -> bytes:
    """GET /v1/messages/batches: a page, the newest first."""
    listed = [batch for _, batch in reversed(call.batches.all())]
    for batch in listed:
        await _advance(call, batch)
    return orjson.dumps(page([_object(call, batch) for batch in listed], call.query))


async def cancel(call: BatchCall, id: str) -> bytes:
    """POST /v1/messages/batches/{id}/cancel: what has run by now stays, and is paid."""
    batch = await _found(call, id)
    if batch.ended_at is not None:
        raise invalid(f"Batch {id} cannot be canceled: it has ended.")
    if batch.cancelled_at is None:
        batch.cancelled_at = call.now
    return orjson.dumps(_object(call, batch))


async def delete(call: BatchCall, id: str) -> bytes:
    """DELETE /v1/messages/batches/{id}."""
    batch = await _found(call, id)
    if batch.ended_at is None:
        raise invalid(f"Batch {id} cannot be deleted before it has ended; cancel it first.")
    call.batches.drop(id)
    return orjson.dumps({"id": id, "type": "message_batch_deleted"})


async def results(call: BatchCall, id: str) -> bytes:
    """GET /v1/messages/batches/{id}/results: a line of JSON for each request."""
    batch = await _found(call, id)
    if batch.ended_at is None:
        raise Refusal("unknown_object", f"Batch {id} has no results before it has ended.")
    lines = (
        orjson.dumps({"custom_id": custom_id, "result": _result(batch, index)})
        for index, (custom_id, _) in enumerate(batch.requests)
    )
    return b"".join(line + b"\n" for line in lines)


# By method, and by what follows the batch's id in the path; "" alone is the list of batches.
ACTS: Mapping[tuple[str, str | None], Act] = {
    ("POST", None): create,
    ("GET", None): list_all,
    ("GET", ""): retrieve,
    ("DELETE", ""): delete,
    ("POST", "cancel"): cancel,
    ("GET", "results"): results,
}


def _requests(request: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    fields.needed(request, "requests")
    given = fields.rows(request, "requests")
    if not given:
        raise invalid("requests: List should have at least 1 item", "requests")
    if len(given) > MOST_REQUESTS:
        raise invalid(f"requests: List should have at most {MOST_REQUESTS} items", "requests")
    found: dict[str, Mapping[str, Any]] = {}
    for number, each in enumerate(given):
        at = f"requests.{number}"
        if not isinstance(each, dict):
            raise fields.wrong_type(at, "dictionary")
        custom_id = fields.needed_text(each, "custom_id", f"{at}.")
        if not _CUSTOM_ID.fullmatch(custom_id):
            raise invalid(f"{at}.custom_id: String should match pattern '^[a-zA-Z0-9_-]{{1,64}}$'")
        if custom_id in found:
            raise invalid(f"{at}.custom_id: '{custom_id}' is used twice; custom ids are unique")
        fields.needed(each, "params", f"{at}.")
        found[custom_id] = fields.table(each, "params", f"{at}.")
    return list(found.items())


async def _found(call: BatchCall, id: str) -> MessageBatch:
    batch = call.batches.get(id)
    if batch is None:
        raise Refusal("unknown_object", f"Batch {id[:100]} not found.")
    await _advance(call, batch)
    return batch


async def _advance(call: BatchCall, batch: MessageBatch) -> None:
    """Bring a batch to where the clock says that it is."""
    now = call.now
    if batch.ended_at is not None:
        return
    if batch.cancelled_at is not None:
        if now > batch.cancelled_at:
            batch.ended_at = batch.cancelled_at
        return
    await _run(call, batch, _due(batch, now))
    if len(batch.results) == len(batch.requests) and now >= batch.done_at:
        batch.ended_at = batch.done_at
    elif now >= batch.expires_at and not batch.waiting:
        batch.ended_at = batch.expires_at


def _due(batch: MessageBatch, now: float) -> int:
    """How many requests are done by a moment."""
    spent = (now - batch.created_at) / (batch.done_at - batch.created_at)
    return len(batch.requests) if spent >= 1.0 else int(len(batch.requests) * spent)


async def _run(call: BatchCall, batch: MessageBatch, due: int) -> None:
    """Run the requests up to one; who looks meanwhile does not run them again."""
    ran = 0
    while batch.waiting and batch.waiting[0] < due:
        index = batch.waiting.pop(0)
        try:
            result = await _ask(call, batch.requests[index][1])
        except BaseException:
            batch.waiting.insert(0, index)
            raise
        if result is not None:
            batch.results[index] = result
        ran += 1
        if ran % _AT_A_TIME == 0:
            await asyncio.sleep(0)  # others want to be served too


async def _ask(call: BatchCall, params: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What became of one request; None if it hangs."""
    visit = call.lab.arrive(MESSAGES, call.visit.key)
    visit.batch = True
    visit.body = orjson.dumps(params)
    line = Nobody()
    try:
        visit.model = known_id(call.models, params.get("model"))
        note_sender(visit, params, None)
        if fields.flag(params, "stream"):
            raise invalid("stream: Streaming is not supported for batch requests", "stream")
        with suppress(ClientGone):
            await engine.run(call.lab, visit, call.read(params), line)
    except Refusal as refusal:
        visit.refuse(refusal, status_of(refusal))
        return _errored(refusal, visit)
    finally:
        visit.close("error", 0)
    if line.hangs:
        return None
    try:
        return {"type": "succeeded", "message": orjson.loads(line.body or b"")}
    except orjson.JSONDecodeError:
        return _errored(Refusal("server_error", "Internal server error"), visit)


def _errored(refusal: Refusal, visit: Visit) -> Mapping[str, Any]:
    return {"type": "errored", "error": error_body(refusal, visit.id)}


def _result(batch: MessageBatch, index: int) -> Mapping[str, Any]:
    """What became of a request of a batch that has ended."""
    if index in batch.results:
        return batch.results[index]
    return {"type": "expired" if batch.cancelled_at is None else "canceled"}


def _object(call: BatchCall, batch: MessageBatch) -> dict[str, Any]:
    """The batch as it stands."""
    ended = batch.ended_at is not None
    status = "ended" if ended else "in_progress" if batch.cancelled_at is None else "canceling"
    return {
        "id": batch.id,
        "type": "message_batch",
        "processing_status": status,
        "request_counts": _counts(batch),
        "created_at": _moment(batch.created_at),
        "expires_at": _moment(batch.expires_at),
        "ended_at": _moment(batch.ended_at),
        "cancel_initiated_at": _moment(batch.cancelled_at),
        "archived_at": None,
        "results_url": f"{call.home}/{batch.id}/results" if ended else None,
    }


def _counts(batch: MessageBatch) -> dict[str, int]:
    """How many requests came to which end; none before the whole batch has."""
    counts = dict.fromkeys(_STATES, 0)
    if batch.ended_at is None:
        counts["processing"] = len(batch.requests)
        return counts
    for index in range(len(batch.requests)):
        counts[_result(batch, index)["type"]] += 1
    return counts


def _moment(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def act_for(method: str, rest: Sequence[str]) -> Act | None:
    """What a request to `…/batches/{rest}` asks for; None if there is no such thing."""
    if len(rest) > 2 or (rest and not rest[0]):
        return None
    what = None if not rest else rest[1] if len(rest) == 2 else ""
    if len(rest) == 2 and not what:
        return None
    return ACTS.get((method, what))
