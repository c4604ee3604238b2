"""Runs the requests of a message batch, each when the lab's clock says that it is due.

They are spread evenly over the batch's time and run like others, at half price. The lab's agenda
does so whoever looks; see `mock_llm.agenda`. A request that hangs, by a fault, is never done: its
batch ends at the end of its day.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from mock_llm.evidence.visit import Visit
from mock_llm.injected.fault_kinds import MESSAGES
from mock_llm.job import Job
from mock_llm.lab import Lab
from mock_llm.model.models import Model, known_id
from mock_llm.refusals import Refusal
from mock_llm.store import Store
from mock_llm.wire.anthropic import fields
from mock_llm.wire.anthropic.errors import error_body, invalid, status_of
from mock_llm.wire.anthropic.message import MessageJob
from mock_llm.wire.anthropic.request import note_sender
from mock_llm.wire.anthropic.shelf import MessageBatch
from mock_llm.wire.batched import run_batched, spread
from mock_llm.wire.nobody import Nobody

Read = Callable[[Mapping[str, Any]], MessageJob]


@dataclass(frozen=True, slots=True)
class MessageBatchWork:
    """A batch on its way to its end; see `mock_llm.agenda.Task`.

    Args:
        id: the batch's, as long as the lab keeps it.
        models: gives those that can be asked.
        read: turns the params of a batched request into a job.
        key: the API key that made the batch and pays, as it may be shown.
    """

    lab: Lab
    batches: Store[MessageBatch]
    id: str
    models: Callable[[], Mapping[str, Model]]
    read: Read
    key: str

    @property
    def is_over(self) -> bool:
        batch = self.batches.peek(self.id)
        return batch is None or batch.ended_at is not None

    def go_on(self) -> float | None:
        batch = self.batches.peek(self.id)
        if batch is None:
            return None
        moment = next_moment(batch)
        if moment is None or self.lab.clock.wall() < moment:
            return moment
        if batch.cancelled_at is not None:
            batch.ended_at = batch.cancelled_at
        elif batch.ran < len(batch.requests):
            result = self._ask(batch.requests[batch.ran][1])
            if result is not None:
                batch.results[batch.ran] = result
            batch.ran += 1
        else:
            batch.ended_at = moment
        return next_moment(batch)

    def _ask(self, params: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What became of one request; None if it hangs."""
        visit = self.lab.arrive(MESSAGES, self.key)
        visit.body = orjson.dumps(params)
        line = Nobody()
        refusal = run_batched(
            self.lab, visit, line, lambda: self._understood(visit, params), status_of
        )
        if refusal is not None:
            return _errored(refusal, visit)
        if line.hangs:
            return None
        try:
            return {"type": "succeeded", "message": orjson.loads(line.body or b"")}
        except orjson.JSONDecodeError:
            return _errored(Refusal("server_error", "Internal server error"), visit)

    def _understood(self, visit: Visit, params: Mapping[str, Any]) -> Job:
        visit.model = known_id(self.models(), params.get("model"))
        note_sender(visit, params, None)
        if fields.flag(params, "stream"):
            raise invalid("stream: Streaming is not supported for batch requests", "stream")
        return self.read(params)


def next_moment(batch: MessageBatch) -> float | None:
    """When something becomes of a batch again; None if it has ended."""
    if batch.ended_at is not None:
        return None
    if batch.cancelled_at is not None:
        return math.nextafter(batch.cancelled_at, math.inf)
    count = len(batch.requests)
    if batch.ran < count:
        return spread(batch.created_at, batch.done_at, batch.ran, count)
    return batch.done_at if len(batch.results) == count else batch.expires_at


def _errored(refusal: Refusal, visit: Visit) -> Mapping[str, Any]:
    return {"type": "errored", "error": error_body(refusal, visit.id)}
