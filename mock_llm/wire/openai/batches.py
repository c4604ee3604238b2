"""Batches: create, retrieve, list, cancel; see `batch_work` for how their lines are run.

A batch takes up to a minute of the lab's clock; in a lab where no reply takes time, none.
"""

import orjson

from mock_llm.injected.fault_kinds import CHAT, COMPLETIONS, EMBEDDINGS, MODERATIONS, RESPONSES
from mock_llm.kept import KeptBatch
from mock_llm.refusals import Refusal
from mock_llm.wire import fields
from mock_llm.wire.batched import hurry
from mock_llm.wire.openai.batch_input import read_lines
from mock_llm.wire.openai.batch_object import batch_object
from mock_llm.wire.openai.batch_queue import no_room
from mock_llm.wire.openai.batch_work import BatchWork, next_moment
from mock_llm.wire.openai.files import SHORTEST_S, find_file, not_for_batches
from mock_llm.wire.openai.objects import Call, no_such, no_such_file, page_of_store

ENDPOINTS = (RESPONSES, CHAT, EMBEDDINGS, COMPLETIONS, MODERATIONS)
WINDOW_S = 86_400
VALIDATING_S = 2.0
LEAST_S, MOST_S = 10.0, 60.0


async def create(call: Call) -> bytes:
    """POST /v1/batches."""
    request = call.request
    endpoint = fields.needed_text(request, "endpoint")
    if endpoint not in ENDPOINTS:
        raise fields.out_of_range("endpoint", f"one of {', '.join(ENDPOINTS)}", endpoint)
    window = fields.needed_text(request, "completion_window")
    if window != "24h":
        raise fields.out_of_range("completion_window", "'24h'", window)
    metadata = fields.metadata(request)
    expires = fields.table(request, "output_expires_after")
    expires_s = fields.integer(expires, "seconds", least=SHORTEST_S) if expires else None
    file_id = fields.needed_text(request, "input_file_id")
    file = find_file(call.lab, file_id)
    if file is None:
        raise no_such_file(file_id, "input_file_id")
    if file.purpose != "batch":
        raise not_for_batches(file)
    lines, errors = read_lines(file.content, endpoint)
    now = call.now
    draw = call.lab.draw("batch", endpoint, file.content.decode("utf-8", "replace"))
    hurried = hurry(call.lab)
    starts_at = now + VALIDATING_S * hurried
    takes_s = (LEAST_S + (MOST_S - LEAST_S) * draw.uniform("working")) * hurried
    batch = KeptBatch(
        id=f"batch_{call.visit.token}",
        endpoint=endpoint,
        input_file_id=file_id,
        metadata=metadata,
        created_at=int(now),
        starts_at=starts_at,
        done_at=starts_at + takes_s,
        expires_at=int(now) + WINDOW_S,
        output_expires_s=expires_s,
        lines=lines,
        errors=errors,
    )
    # Its replies count too, as long as they are not in a file of their own.
    call.lab.kept.batches.keep(batch.id, batch, 3 * len(file.content))
    if not errors and (error := await no_room(call, batch)) is not None:
        batch.errors = [error]
    _plan(call, batch)
    return orjson.dumps(batch_object(batch))


async def retrieve(call: Call) -> bytes:
    """GET /v1/batches/{id}."""
    return orjson.dumps(batch_object(await _found(call)))


async def list_all(call: Call) -> bytes:
    """GET /v1/batches: the newest first."""
    await call.lab.agenda.up_to_date()
    return page_of_store(call, call.lab.kept.batches, batch_object, order="desc")


async def cancel(call: Call) -> bytes:
    """POST /v1/batches/{id}/cancel: what has run by now stays, and is paid.

    Raises:
        Refusal: there is no such batch, or it has ended.
    """
    batch = await _found(call)
    if batch.ended_at is not None:
        raise Refusal("conflict", f"Cannot cancel a batch with status '{batch.status}'.")
    if batch.cancelling_at is None:
        batch.cancelling_at = call.now
        _plan(call, batch)
    return orjson.dumps(batch_object(batch))


def _plan(call: Call, batch: KeptBatch) -> None:
    """Let the lab do what is next about a batch when it is due."""
    moment = next_moment(batch)
    if moment is not None:
        call.lab.agenda.add(moment, BatchWork(call.lab, call.pack, batch.id, call.visit.key))


async def _found(call: Call) -> KeptBatch:
    await call.lab.agenda.up_to_date()
    batch = call.lab.kept.batches.get(call.id)
    if batch is None:
        raise no_such("No batch found with id", call.id)
    return batch
