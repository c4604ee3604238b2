"""The items of a response's input: read, kept as they are listed again, and told as a chat."""

import base64
import binascii
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from mock_llm.bounded_json import load_json
from mock_llm.lab import Lab
from mock_llm.refusals import Refusal
from mock_llm.wire import fields
from mock_llm.wire.openai.objects import no_such

Json = Mapping[str, Any]

_ROLES = ("user", "assistant", "system", "developer")
_STATUSES = ("in_progress", "completed", "incomplete")
_PREFIXES = {
    "message": "msg",
    "function_call": "fc",
    "function_call_output": "fco",
    "custom_tool_call": "ctc",
    "custom_tool_call_output": "ctco",
    "reasoning": "rs",
    "compaction": "cmp",
}


@dataclass(slots=True)
class Input:
    """What a request adds to a conversation: items without ids of their own, and as a chat.

    `known` are the lab's items by id, once one was referred to.
    """

    items: list[dict[str, Any]] = field(default_factory=list)
    chat: list[dict[str, Any]] = field(default_factory=list)
    known: dict[str, Json] | None = None


def read_input(lab: Lab, request: Json, before: Sequence[Json], *, needed: bool) -> Input:
    """The items in `input`: a text, or a list. `before` is the chat that they continue.

    Raises:
        Refusal: an item is wrong, or of a kind that is not served here.
    """
    value = request.get("input")
    if value is None:
        if needed:
            raise fields.missing("input")
        return Input()
    if isinstance(value, str):
        value = [{"role": "user", "content": value}]
    if not isinstance(value, list):
        raise fields.wrong_type("input", "a string or an array of items", value)
    if not value and needed:
        raise fields.out_of_range("input", "at least one item", value)
    given = Input()
    called = set(_calls_in(before))
    for number, item in enumerate(value):
        where = f"input[{number}]"
        if not isinstance(item, dict):
            raise fields.wrong_type(where, "an object", item)
        _add(lab, given, item, where, called)
    _check_answered([*before, *given.chat])
    return given


def _check_answered(chat: Sequence[Json]) -> None:
    answered = {message.get("tool_call_id") for message in chat if message["role"] == "tool"}
    for message in chat:
        for call in message.get("tool_calls") or ():
            if call["id"] not in answered:
                said = f"No tool output found for function call {call['id'][:100]}."
                raise Refusal("invalid_value", said, param="input")


def numbered(items: Sequence[Json], token: str) -> list[dict[str, Any]]:
    """The items with ids; those that came with one keep it."""
    return [
        {**item, "id": item.get("id") or f"{_PREFIXES[item['type']]}_{token}{number:04d}"}
        for number, item in enumerate(items)
    ]


def as_chat(items: Sequence[Json]) -> list[dict[str, Any]]:
    """Output items as the chat messages that they are in the next turn."""
    given = Input()
    for item in items:
        _tell(given.chat, item)
    return given.chat


def pack_chat(chat: Sequence[Json]) -> str:
    """A chat as text that only this mock reads: the `encrypted_content` of an item."""
    return base64.b64encode(zlib.compress(orjson.dumps(chat))).decode()


def _unpack_chat(text: str, where: str) -> list[dict[str, Any]]:
    try:
        inflate = zlib.decompressobj()
        plain = inflate.decompress(base64.b64decode(text, validate=True), 16 * 1024 * 1024)
        chat = load_json(plain)
    except (binascii.Error, zlib.error, ValueError):
        chat = None
    if not isinstance(chat, list) or not all(_is_told(message) for message in chat):
        raise Refusal(
            "invalid_value",
            "The encrypted content could not be verified: it does not come from this API.",
            param=f"{where}.encrypted_content",
        )
    return chat


def _is_told(message: object) -> bool:
    """Whether a message is one that a compaction makes."""
    return isinstance(message, dict) and all(
        isinstance(message.get(key), str) for key in ("role", "content")
    )


def _add(lab: Lab, given: Input, item: Json, where: str, called: set[str]) -> None:
    kind = item.get("type", "message")
    if kind == "item_reference":
        item = _referenced(lab, given, fields.needed_text(item, "id"))
        kind = item["type"]
    kept: dict[str, Any]
    if kind == "message":
        kept = _message(item, where)
    elif kind in ("function_call", "custom_tool_call"):
        kept = _call(item, kind, where)
        called.add(kept["call_id"])
    elif kind in ("function_call_output", "custom_tool_call_output"):
        kept = _output(item, kind, where)
        if kept["call_id"] not in called:
            raise Refusal(
                "invalid_value",
                "No tool call found for function call output with call_id "
                f"{kept['call_id'][:100]}.",
                param="input",
            )
    elif kind == "reasoning":
        summary = item.get("summary")
        kept = {"type": kind, "summary": summary if isinstance(summary, list) else []}
        if isinstance(item.get("encrypted_content"), str):
            kept["encrypted_content"] = item["encrypted_content"]
    elif kind == "compaction":
        content = fields.needed_text(item, "encrypted_content")
        given.items.append({**_id_of(item), "type": kind, "encrypted_content": content})
        given.chat += _unpack_chat(content, where)
        return
    else:
        known = ", ".join([*_PREFIXES, "item_reference"])
        raise fields.out_of_range(f"{where}.type", f"one of {known}", kind)
    kept |= _id_of(item)
    given.items.append(kept)
    _tell(given.chat, kept)


def _id_of(item: Json) -> dict[str, str]:
    id = item.get("id")
    return {"id": id} if isinstance(id, str) and id else {}


def _referenced(lab: Lab, given: Input, id: str) -> Json:
    if given.known is None:
        given.known = {}
        for _, kept in lab.kept.responses.all():
            for item in (*kept.items, *kept.reply["output"]):
                given.known.setdefault(item["id"], item)
    if id not in given.known:
        raise no_such("Item with id", id, "input")
    return given.known[id]


def _message(item: Json, where: str) -> dict[str, Any]:
    role = item.get("role")
    if role is None:
        raise fields.missing(f"{where}.role")
    if role not in _ROLES:
        raise fields.out_of_range(f"{where}.role", f"one of {', '.join(_ROLES)}", role)
    content = item.get("content")
    if isinstance(content, str):
        content = [
            {"type": "output_text" if role == "assistant" else "input_text", "text": content}
        ]
    if not isinstance(content, list):
        raise fields.wrong_type(f"{where}.content", "a string or an array", content)
    parts = [
        _part(part, role == "assistant", f"{where}.content[{number}]")
        for number, part in enumerate(content)
    ]
    status = item.get("status") if item.get("status") in _STATUSES else "completed"
    return {"type": "message", "role": role, "status": status, "content": parts}


def _part(part: Any, said_by_model: bool, where: str) -> dict[str, Any]:
    if not isinstance(part, dict):
        raise fields.wrong_type(where, "an object", part)
    kind = part.get("type")
    known = (
        ("output_text", "refusal") if said_by_model else ("input_text", "input_image", "input_file")
    )
    if kind not in known:
        raise fields.out_of_range(f"{where}.type", f"one of {', '.join(known)}", kind)
    if kind in ("input_text", "output_text"):
        if not isinstance(part.get("text"), str):
            raise fields.wrong_type(f"{where}.text", "a string", part.get("text"))
        more: dict[str, Any] = {"annotations": [], "logprobs": []} if said_by_model else {}
        return {"type": kind, "text": part["text"], **more}
    if kind == "refusal":
        return {"type": kind, "refusal": fields.needed_text(part, "refusal")}
    if kind == "input_image":
        return {**part, "detail": part.get("detail") or "auto"}
    return dict(part)


def _call(item: Json, kind: str, where: str) -> dict[str, Any]:
    said = "arguments" if kind == "function_call" else "input"
    for name in ("call_id", "name", said):
        if item.get(name) is None:
            raise fields.missing(f"{where}.{name}")
        if not isinstance(item[name], str):
            raise fields.wrong_type(f"{where}.{name}", "a string", item[name])
    kept = {"type": kind, "call_id": item["call_id"], "name": item["name"], said: item[said]}
    return {**kept, "status": "completed"}


def _output(item: Json, kind: str, where: str) -> dict[str, Any]:
    call_id = item.get("call_id")
    if call_id is None:
        raise fields.missing(f"{where}.call_id")
    if not isinstance(call_id, str):
        raise fields.wrong_type(f"{where}.call_id", "a string", call_id)
    output = item.get("output")
    if isinstance(output, list):
        output = [_part(each, False, f"{where}.output[{n}]") for n, each in enumerate(output)]
    elif not isinstance(output, str):
        raise fields.wrong_type(f"{where}.output", "a string or an array", output)
    return {"type": kind, "call_id": call_id, "output": output, "status": "completed"}


def _calls_in(chat: Sequence[Json]) -> Iterator[str]:
    for message in chat:
        for call in message.get("tool_calls") or ():
            yield call["id"]


def _tell(chat: list[dict[str, Any]], item: Json) -> None:
    """Add an item to a chat."""
    kind = item["type"]
    if kind == "message":
        chat.append({"role": item["role"], "content": _told(item["content"])})
    elif kind in ("function_call", "custom_tool_call"):
        said = item["arguments"] if kind == "function_call" else item["input"]
        function = {"name": item["name"], "arguments": said}
        call = {"id": item["call_id"], "type": "function", "function": function}
        if chat and chat[-1].get("tool_calls"):
            last = chat[-1]
            chat[-1] = {**last, "tool_calls": [*last["tool_calls"], call]}
        else:
            chat.append({"role": "assistant", "content": None, "tool_calls": [call]})
    elif kind in ("function_call_output", "custom_tool_call_output"):
        output = item["output"]
        content = output if isinstance(output, str) else _told(output)
        chat.append({"role": "tool", "tool_call_id": item["call_id"], "content": content})


def _told(parts: Sequence[Json]) -> str | list[dict[str, Any]]:
    """Parts as a chat message has them; a single text as it stands."""
    told = [_told_part(part) for part in parts]
    if len(told) == 1 and told[0]["type"] == "text":
        text: str = told[0]["text"]
        return text
    return told


def _told_part(part: Json) -> dict[str, Any]:
    kind = part["type"]
    if kind == "refusal":
        return {"type": "text", "text": part["refusal"]}
    if kind == "input_image":
        if part.get("file_id"):
            return {"type": "file", "file": {"file_id": part["file_id"]}}
        image = {"url": part.get("image_url"), "detail": part["detail"]}
        return {"type": "image_url", "image_url": image}
    if kind == "input_file":
        return {"type": "file", "file": {key: part[key] for key in part if key != "type"}}
    return {"type": "text", "text": part["text"]}
