"""Stored chat completions: retrieve, update, list, delete, and the messages of one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from mock_llm.kept import KeptCompletion
from mock_llm.wire import fields
from mock_llm.wire.openai.objects import Call, deleted, no_such, page_of_items, page_of_store


async def retrieve(call: Call) -> bytes:
    """GET /v1/chat/completions/{id}."""
    return orjson.dumps(_found(call).reply)


async def update(call: Call) -> bytes:
    """POST /v1/chat/completions/{id}: replaces the metadata."""
    if "metadata" not in call.request:
        raise fields.missing("metadata")
    metadata = dict(fields.metadata(call.request) or {})
    _found(call)

    def changed(kept: KeptCompletion) -> tuple[KeptCompletion, int]:
        return replace(kept, reply={**kept.reply, "metadata": metadata}), kept.size

    kept = call.lab.kept.completions.change(call.id, changed)
    return orjson.dumps((kept or _found(call)).reply)


async def delete(call: Call) -> bytes:
    """DELETE /v1/chat/completions/{id}."""
    if call.lab.kept.completions.drop(call.id) is None:
        raise _unknown(call)
    return deleted(call.id, "chat.completion.deleted")


async def list_all(call: Call) -> bytes:
    """GET /v1/chat/completions: by model and metadata, the oldest first."""
    model = call.asked("model")
    wanted = {
        name[len("metadata[") : -1]: values[-1]
        for name, values in call.query.items()
        if name.startswith("metadata[") and name.endswith("]")
    }

    def shown(kept: KeptCompletion) -> Mapping[str, Any] | None:
        reply = kept.reply
        fits = model in (None, reply["model"]) and wanted.items() <= reply["metadata"].items()
        return reply if fits else None

    return page_of_store(call, call.lab.kept.completions, shown, order="asc")


async def list_messages(call: Call) -> bytes:
    """GET /v1/chat/completions/{id}/messages: what the completion answers."""
    items = [
        _message(f"{call.id}-{number}", message)
        for number, message in enumerate(_found(call).messages)
    ]
    return page_of_items(call, items, order="asc")


def _message(id: str, message: Mapping[str, Any]) -> Mapping[str, Any]:
    content = message.get("content")
    is_text = content is None or isinstance(content, str)
    return {
        **message,
        "id": id,
        "content": content if is_text else None,
        "content_parts": None if is_text else content,
    }


def _found(call: Call) -> KeptCompletion:
    kept = call.lab.kept.completions.get(call.id)
    if kept is None:
        raise _unknown(call)
    return kept


def _unknown(call: Call) -> Exception:
    return no_such("Chat completion", call.id)
