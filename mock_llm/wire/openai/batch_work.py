"""Runs the lines of a batch, each when the lab's clock says that it is due.

The lines are spread evenly over the batch's time and run through the same jobs as other requests,
at half price. The lab's agenda does so whoever looks; see `mock_llm.agenda`. A line that hangs, by
a fault, is never done: its batch expires at the end of its window.
"""

import math
from typing import TYPE_CHECKING

import orjson

from mock_llm.evidence.visit import Visit
from mock_llm.job import Job
from mock_llm.kept import Json, KeptBatch, KeptFile
from mock_llm.lab import Lab
from mock_llm.model.models import known_id
from mock_llm.refusals import Refusal
from mock_llm.wire.batched import run_batched, spread
from mock_llm.wire.nobody import Nobody
from mock_llm.wire.openai.batch_object import output_lines
from mock_llm.wire.openai.embeddings import EmbeddingJob
from mock_llm.wire.openai.errors import error_body, status_of
from mock_llm.wire.openai.files import keep_file
from mock_llm.wire.openai.objects import OWNER
from mock_llm.wire.openai.readers import READERS
from mock_llm.wire.openai.request import note_sender

if TYPE_CHECKING:
    from mock_llm.model.answers import KnowledgePack


class BatchWork:
    """A batch on its way to its end; see `mock_llm.agenda.Task`.

    Args:
        id: the batch's, as long as the lab keeps it.
        key: the API key that made it and pays, as it may be shown.
    """

    def __init__(self, lab: Lab, pack: "KnowledgePack", id: str, key: str) -> None:
        self._lab = lab
        self._pack = pack
        self._id = id
        self._key = key

    @property
    def is_over(self) -> bool:
        batch = self._lab.kept.batches.peek(self._id)
        return batch is None or batch.ended_at is not None

    def go_on(self) -> float | None:
        batch = self._lab.kept.batches.peek(self._id)
        if batch is None:
            return None
        moment = next_moment(batch)
        if moment is None or self._lab.clock.wall() < moment:
            return moment
        if batch.cancelling_at is not None:
            self._end(batch, "cancelled", batch.cancelling_at)
        elif batch.status == "validating" and batch.errors:
            self._end(batch, "failed", batch.starts_at)
        elif batch.status == "validating":
            batch.status = "in_progress"
        elif batch.ran < len(batch.lines):
            self._run(batch, batch.ran)
            batch.ran += 1
        elif len(batch.replies) == len(batch.lines):
            self._end(batch, "completed", batch.done_at)
        else:
            self._end(batch, "expired", float(batch.expires_at))
        return next_moment(batch)

    def _run(self, batch: KeptBatch, index: int) -> None:
        """Run a line."""
        body = batch.lines[index]["body"]
        visit = self._lab.arrive(batch.endpoint, self._key)
        visit.body = orjson.dumps(body)
        line = Nobody()
        refusal = run_batched(
            self._lab, visit, line, lambda: self._read(batch.endpoint, visit, body), status_of
        )
        if refusal is not None:
            batch.replies[index] = (status_of(refusal), visit.id, error_body(refusal))
        elif line.body is not None:
            batch.replies[index] = (200, visit.id, line.body)
        elif not line.hangs:
            said = "The connection was lost while your request was processed."
            batch.replies[index] = (500, visit.id, error_body(Refusal("server_error", said)))

    def _read(self, endpoint: str, visit: Visit, body: Json) -> Job:
        models = self._lab.models_of(OWNER)
        visit.model = known_id(models, body.get("model"))
        note_sender(visit, body, None)
        if body.get("stream"):
            raise Refusal("invalid_value", "Streaming is not supported in a batch.", param="stream")
        job = READERS[endpoint](models, self._pack, self._lab, body)
        if isinstance(job, EmbeddingJob):
            job.aside = False
        return job

    def _end(self, batch: KeptBatch, status: str, ended_at: float) -> None:
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
            keep_file(self._lab, file)
            if good:
                batch.output_file_id = file.id
            else:
                batch.error_file_id = file.id


def next_moment(batch: KeptBatch) -> float | None:
    """When something becomes of a batch again; None if it has ended."""
    if batch.ended_at is not None:
        return None
    count = len(batch.lines)
    if batch.cancelling_at is not None:
        is_running = batch.status == "validating" or batch.ran < count
        return math.nextafter(batch.cancelling_at, math.inf) if is_running else batch.cancelling_at
    if batch.status == "validating":
        return batch.starts_at
    if batch.ran < count:
        return spread(batch.starts_at, batch.done_at, batch.ran, count)
    return batch.done_at if len(batch.replies) == count else float(batch.expires_at)
