"""The queue of a model: how many prompt tokens may be in batches that have not ended.

This is the limit that batches have, `batch_queue_tokens` in `mock_llm.injected.limits`; those of
requests they do not touch.
"""

import asyncio
from collections.abc import Mapping

from mock_llm.kept import Json, KeptBatch
from mock_llm.refusals import Refusal
from mock_llm.wire.openai.objects import Call
from mock_llm.wire.openai.readers import READERS

_AT_A_TIME = 50


async def no_room(call: Call, batch: KeptBatch) -> Json | None:
    """Why a batch that is the newest of those kept does not fit; None if it does."""
    allowances = call.lab.allowances
    if not allowances.enforced:
        return None
    await call.lab.agenda.up_to_date()
    for model in await _tokens(call, batch):
        allowance = allowances.of(model)
        most = allowance.limits.batch_queue_tokens
        if most is None:
            continue
        waiting = 0
        for each in _waiting(call, batch):
            tokens = (await _tokens(call, each)).items()
            waiting += sum(count for id, count in tokens if allowances.of(id) is allowance)
        if waiting > most:
            return _error(model, most)
    return None


def _waiting(call: Call, newest: KeptBatch) -> list[KeptBatch]:
    """The batches up to one that take up room."""
    found = []
    for _, batch in call.lab.kept.batches.all():
        if batch.ended_at is None and not batch.errors:
            found.append(batch)
        if batch is newest:
            break
    return found


async def _tokens(call: Call, batch: KeptBatch) -> Mapping[str, int]:
    """The prompt tokens of a batch, by model; lines that will be refused have none."""
    if batch.queued is None:
        counts: dict[str, int] = {}
        for number, line in enumerate(batch.lines, 1):
            try:
                job = READERS[batch.endpoint](call.models, call.pack, call.lab, line["body"])
            except Refusal:
                continue
            counts[job.model.id] = counts.get(job.model.id, 0) + job.prompt_tokens
            if number % _AT_A_TIME == 0:
                await asyncio.sleep(0)  # others want to be served too
        batch.queued = counts
    return batch.queued


def _error(model: str, most: int) -> Json:
    message = (
        f"Enqueued token limit reached for {model} in organization org-mock. Limit: {most:,} "
        "enqueued tokens. Please try again once some in_progress batches have been completed."
    )
    return {"code": "token_limit_exceeded", "message": message, "param": None, "line": None}
