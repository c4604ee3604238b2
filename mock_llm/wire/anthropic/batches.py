"""Message batches: create, retrieve, list, cancel, delete, results.

See `batch_work` for how their requests are run. A batch takes up to a minute of the lab's clock; in
a lab where no reply takes time, none.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from mock_llm.evidence.visit import Visit
from mock_llm.injected.fault_kinds import MESSAGE_BATCHES
from mock_llm.lab import Lab
from mock_llm.model.models import Model
from mock_llm.refusals import Refusal
from mock_llm.store import Store
from mock_llm.wire.anthropic import fields
from mock_llm.wire.anthropic.batch_work import MessageBatchWork, Read, next_moment
from mock_llm.wire.anthropic.errors import invalid
from mock_llm.wire.anthropic.models import page
from mock_llm.wire.anthropic.shelf import MessageBatch
from mock_llm.wire.batched import hurry

MOST_REQUESTS = 100_000
DAY_S = 86_400.0
# How long a batch takes: an hour at most, says the provider; here a lesson should not wait.
LEAST_S, MOST_S = 10.0, 60.0
JSON_LINES = b"application/x-jsonl"
_CUSTOM_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_STATES = ("processing", "succeeded", "errored", "canceled", "expired")


@dataclass(slots=True)
class BatchCall:
    """One request about batches.

    Args:
        models: gives those that can be asked.
        read: turns the params of a batched request into a job.
        home: the URL under which the batches are, for their `results_url`.
        query: the request's query string.
    """

    lab: Lab
    visit: Visit
    batches: Store[MessageBatch]
    models: Callable[[], Mapping[str, Model]]
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
    takes_s = LEAST_S + (MOST_S - LEAST_S) * draw.uniform("working")
    batch = MessageBatch(
        id=f"msgbatch_{call.visit.token}",
        requests=requests,
        created_at=now,
        done_at=now + takes_s * hurry(call.lab),
        expires_at=now + DAY_S,
    )
    # The replies that will come count too.
    call.batches.keep(batch.id, batch, 3 * len(call.visit.body))
    _plan(call, batch)
    return orjson.dumps(_object(call, batch))


async def retrieve(call: BatchCall, id: str) -> bytes:
    """GET /v1/messages/batches/{id}."""
    return orjson.dumps(_object(call, await _found(call, id)))


async def list_all(call: BatchCall, _: str) -> bytes:
    """GET /v1/messages/batches: a page, the newest first."""
    await call.lab.agenda.up_to_date()
    listed = [batch for _, batch in reversed(call.batches.all())]
    return orjson.dumps(page([_object(call, batch) for batch in listed], call.query))


async def cancel(call: BatchCall, id: str) -> bytes:
    """POST /v1/messages/batches/{id}/cancel: what has run by now stays, and is paid."""
    batch = await _found(call, id)
    if batch.ended_at is not None:
        raise invalid(f"Batch {id} cannot be canceled: it has ended.")
    if batch.cancelled_at is None:
        batch.cancelled_at = call.now
        _plan(call, batch)
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
    await call.lab.agenda.up_to_date()
    batch = call.batches.get(id)
    if batch is None:
        raise Refusal("unknown_object", f"Batch {id[:100]} not found.")
    return batch


def _plan(call: BatchCall, batch: MessageBatch) -> None:
    """Let the lab do what is next about a batch when it is due."""
    moment = next_moment(batch)
    if moment is not None:
        key = call.visit.key
        work = MessageBatchWork(call.lab, call.batches, batch.id, call.models, call.read, key)
        call.lab.agenda.add(moment, work)


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


def served() -> Iterator[tuple[str, str]]:
    """Every method and path that is answered, with {id} for what varies."""
    for method, what in ACTS:
        path = f"{MESSAGE_BATCHES}/{{id}}/{what}" if what else f"{MESSAGE_BATCHES}/{{id}}"
        yield method, MESSAGE_BATCHES if what is None else path


def act_for(method: str, rest: Sequence[str]) -> Act | None:
    """What a request to `…/batches/{rest}` asks for; None if there is no such thing."""
    if len(rest) > 2 or (rest and not rest[0]):
        return None
    what = None if not rest else rest[1] if len(rest) == 2 else ""
    if len(rest) == 2 and not what:
        return None
    return ACTS.get((method, what))
