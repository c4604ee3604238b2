"""A batch as its object, and its replies as the lines of its output and error files."""

from collections.abc import Mapping
from typing import Any

import orjson

from mock_llm.kept import KeptBatch

Json = Mapping[str, Any]

_ENDS = {
    "completed": "completed_at",
    "failed": "failed_at",
    "expired": "expired_at",
    "cancelled": "cancelled_at",
}


def batch_object(batch: KeptBatch) -> dict[str, Any]:
    """The batch as it stands."""
    is_cancelling = batch.cancelling_at is not None and batch.ended_at is None
    failed = sum(status != 200 for status, _, _ in batch.replies.values())
    started = is_cancelling or batch.status not in ("validating", "failed")
    ended_at = None if batch.ended_at is None else int(batch.ended_at)
    ends: dict[str, int | None] = dict.fromkeys(_ENDS.values())
    if batch.status in _ENDS:
        ends[_ENDS[batch.status]] = ended_at
    cancelling_at = None if batch.cancelling_at is None else int(batch.cancelling_at)
    return {
        "id": batch.id,
        "object": "batch",
        "endpoint": batch.endpoint,
        "model": _model(batch),
        "errors": {"object": "list", "data": list(batch.errors)}
        if batch.status == "failed"
        else None,
        "input_file_id": batch.input_file_id,
        "completion_window": "24h",
        "status": "cancelling" if is_cancelling else batch.status,
        "output_file_id": batch.output_file_id,
        "error_file_id": batch.error_file_id,
        "created_at": batch.created_at,
        "in_progress_at": int(batch.starts_at) if started else None,
        "expires_at": batch.expires_at,
        "finalizing_at": ended_at if batch.status == "completed" else None,
        **ends,
        "cancelling_at": cancelling_at,
        "request_counts": {
            "total": len(batch.lines),
            "completed": len(batch.replies) - failed,
            "failed": failed,
        },
        "usage": _usage(batch) if batch.ended_at is not None and batch.replies else None,
        "metadata": batch.metadata,
    }


def output_lines(batch: KeptBatch, *, good: bool) -> bytes:
    """The lines of the output file (`good`) or of the error file, in the input's order."""
    lines = []
    for index, line in enumerate(batch.lines):
        reply = batch.replies.get(index)
        if (reply is not None and reply[0] == 200) is good:
            lines.append(orjson.dumps(_output_line(batch, index, line["custom_id"])))
    return b"".join(line + b"\n" for line in lines)


def _output_line(batch: KeptBatch, index: int, custom_id: str) -> Json:
    id = f"batch_req_{batch.id.removeprefix('batch_')}{index:05d}"
    reply = batch.replies.get(index)
    if reply is not None:
        status, request_id, body = reply
        response = {"status_code": status, "request_id": request_id, "body": _json(body)}
        return {"id": id, "custom_id": custom_id, "response": response, "error": None}
    if batch.status == "cancelled":
        code, said = "batch_cancelled", "This request was cancelled before it was executed."
    else:
        code = "batch_expired"
        said = "This request could not be executed before the completion window expired."
    error = {"code": code, "message": said}
    return {"id": id, "custom_id": custom_id, "response": None, "error": error}


def _json(body: bytes) -> Any:
    """A reply's body; what is no JSON, because a fault made it so, as text."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode("utf-8", "replace")


def _model(batch: KeptBatch) -> str | None:
    named = {line["body"].get("model") for line in batch.lines}
    only = named.pop() if len(named) == 1 else None
    return only if isinstance(only, str) else None


def _usage(batch: KeptBatch) -> Json:
    """The tokens of all replies together."""
    prompt = cached = completion = reasoning = 0
    for _, _, body in batch.replies.values():
        parsed = _json(body)
        used = parsed.get("usage") if isinstance(parsed, dict) else None
        if not isinstance(used, dict):
            continue
        prompt += used.get("prompt_tokens") or used.get("input_tokens") or 0
        completion += used.get("completion_tokens") or used.get("output_tokens") or 0
        read = used.get("prompt_tokens_details") or used.get("input_tokens_details") or {}
        said = used.get("completion_tokens_details") or used.get("output_tokens_details") or {}
        cached += read.get("cached_tokens", 0)
        reasoning += said.get("reasoning_tokens", 0)
    return {
        "input_tokens": prompt,
        "input_tokens_details": {"cached_tokens": cached},
        "output_tokens": completion,
        "output_tokens_details": {"reasoning_tokens": reasoning},
        "total_tokens": prompt + completion,
    }
