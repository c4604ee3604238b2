"""Runs the lines of a batch, as far as the lab's clock says that they are done.

Nothing runs on its own: whenever a batch is looked at, the lines that are due by then are run
through the same jobs as other requests, at half price. They are spread evenly over the batch's
time. A line that hangs, by a fault, is never done: its batch expires at the end of its window.
"""

import asyncio
from contextlib import suppress

import orjson

from mock_llm import engine
from mock_llm.kept import KeptBatch, KeptFile
from mock_llm.model.models import known_id
from mock_llm.refusals import ClientGone, Refusal
from mock_llm.wire.nobody import Nobody
from mock_llm.wire.openai.batch_object import output_lines
from mock_llm.wire.openai.errors import error_body, status_of
from mock_llm.wire.openai.files import keep_file
from mock_llm.wire.openai.objects import Call
from mock_llm.wire.openai.readers import READERS
from mock_llm.wire.openai.request import note_sender

_AT_A_TIME = 50


async def advance(call: Call, batch: KeptBatch) -> None:
    """Bring a batch to where the clock says that it is."""
    if batch.ended_at is not None:
        return
    now = call.now
    if batch.cancelling_at is not None:
        if now > batch.cancelling_at or not batch.waiting:
            _end(call, batch, "cancelled", batch.cancelling_at)
        return
    if now < batch.starts_at:
        return
    if batch.errors:
        _end(call, batch, "failed", batch.starts_at)
        return
    batch.status = "in_progress"
    await _run(call, batch, _due(batch, now))
    _settle(call, batch, now)


def _settle(call: Call, batch: KeptBatch, now: float) -> None:
    """End a batch whose lines have all been run, unless somebody else has done so meanwhile."""
    if batch.cancelling_at is not None or batch.ended_at is not None:
        return
    if len(batch.replies) == len(batch.lines):
        if now >= batch.done_at:
            _end(call, batch, "completed", batch.done_at)
    elif now >= batch.expires_at and len(batch.replies) + len(batch.hung) == len(batch.lines):
        _end(call, batch, "expired", float(batch.expires_at))


def _due(batch: KeptBatch, now: float) -> int:
    """How many lines are done by a moment."""
    spent = (now - batch.starts_at) / (batch.done_at - batch.starts_at)
    return len(batch.lines) if spent >= 1.0 else int(len(batch.lines) * spent)


async def _run(call: Call, batch: KeptBatch, due: int) -> None:
    """Run the lines up to one; who looks meanwhile does not run them again."""
    ran = 0
    while batch.waiting and batch.waiting[0] < due:
        index = batch.waiting.pop(0)
        try:
            await _run_line(call, batch, index)
        except BaseException:
            batch.waiting.insert(0, index)
            raise
        ran += 1
        if ran % _AT_A_TIME == 0:
            await asyncio.sleep(0)  # others want to be served too


async def _run_line(call: Call, batch: KeptBatch, index: int) -> None:
    body = batch.lines[index]["body"]
    visit = call.lab.arrive(batch.endpoint, call.visit.key)
    visit.batch = True
    visit.body = orjson.dumps(body)
    line = Nobody()
    try:
        visit.model = known_id(call.models, body.get("model"))
        note_sender(visit, body, None)
        if body.get("stream"):
            raise Refusal("invalid_value", "Streaming is not supported in a batch.", param="stream")
        job = READERS[batch.endpoint](call.models, call.pack, call.lab, body)
        with suppress(ClientGone):
            await engine.run(call.lab, visit, job, line)
    except Refusal as refusal:
        visit.refuse(refusal, status_of(refusal))
        batch.replies[index] = (status_of(refusal), visit.id, error_body(refusal))
        return
    finally:
        visit.close("error", 0)
    if line.body is not None:
        batch.replies[index] = (200, visit.id, line.body)
    elif line.hangs:
        batch.hung.add(index)
    else:
        lost = Refusal("server_error", "The connection was lost while your request was processed.")
        batch.replies[index] = (500, visit.id, error_body(lost))


def _end(call: Call, batch: KeptBatch, status: str, ended_at: float) -> None:
    """Write the output and error files."""
    batch.status, batch.ended_at = status, ended_at
    if status == "failed":
        return
    for good, name in ((True, "output"), (False, "error")):
        content = output_lines(batch, good=good)
        if not content:
            continue
        created = int(ended_at)
        lives_s = batch.output_expires_s
        file = KeptFile(
            id=f"file-{name}-{batch.id.removeprefix('batch_')}",
            content=content,
            filename=f"{batch.id}_{name}.jsonl",
            purpose="batch_output",
            created_at=created,
            expires_at=None if lives_s is None else created + lives_s,
        )
        keep_file(call.lab, file)
        if good:
            batch.output_file_id = file.id
        else:
            batch.error_file_id = file.id
