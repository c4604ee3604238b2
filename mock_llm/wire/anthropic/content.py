"""Reads the blocks that a message is made of: text, images, documents, tool calls and results."""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from mock_llm.model import tokens
from mock_llm.model.marked_cache import FIVE_MINUTES, ONE_HOUR
from mock_llm.refusals import Refusal
from mock_llm.wire.anthropic import fields, images
from mock_llm.wire.anthropic.errors import invalid

_LIVES = {"5m": FIVE_MINUTES, "1h": ONE_HOUR}
_MEDIA = ("image/jpeg", "image/png", "image/gif", "image/webp")
_LARGEST_EDGE = 8000
# A page of a PDF: published as 1,500 to 3,000 tokens, by how dense it is.
_PDF_PAGE = 2_000
_PAGE = re.compile(rb"/Type\s*/Page\b")


@dataclass(slots=True)
class Block:
    """A part of a prompt: what was sent, its tokens, and for how long it is marked to be cached.

    `says` is its text as the model reads it; `result_of` is set if it is a tool's result.
    """

    data: Mapping[str, Any]
    tokens: int
    says: str = ""
    life_s: int | None = None
    result_of: str | None = None


def read_block(data: object, path: str, role: str) -> Block:
    """A content block.

    Raises:
        Refusal: it is wrong, or cannot be in a message of this role.
    """
    if not isinstance(data, dict):
        raise fields.wrong_type(path, "dictionary")
    kind = fields.tag(data, path, tuple(_READERS))
    place = _ONLY_IN.get(kind)
    if place is not None and place != role:
        raise invalid(f"{path}: `{kind}` blocks can only be in `{place}` messages", path)
    block = _READERS[kind](data, path)
    block.life_s = cache_life(data, path)
    return block


def cache_life(data: Mapping[str, Any], path: str) -> int | None:
    """For how many seconds a block asks to be cached; None if it does not ask.

    Raises:
        Refusal: its `cache_control` is wrong.
    """
    control = fields.table(data, "cache_control", f"{path}." if path else "")
    if not control:
        return None
    where = f"{path}.cache_control" if path else "cache_control"
    fields.tag(control, where, ("ephemeral",))
    return _LIVES[fields.one_of(control, "ttl", tuple(_LIVES), f"{where}.ephemeral.") or "5m"]


def text_block(text: str) -> Block:
    """What a plain string stands for."""
    return Block({"type": "text", "text": text}, tokens.count(text), text)


def _text(data: Mapping[str, Any], path: str) -> Block:
    said = fields.text(data, "text", f"{path}.text.")
    if said is None:
        raise fields.missing(f"{path}.text.text")
    if not said:
        raise invalid("messages: text content blocks must be non-empty", path)
    return Block(data, tokens.count(said), said)


def _image(data: Mapping[str, Any], path: str) -> Block:
    fields.needed(data, "source", f"{path}.image.")
    source = fields.table(data, "source", f"{path}.image.")
    where = f"{path}.image.source"
    kind = fields.tag(source, where, ("base64", "file", "url"))
    if kind == "file":
        raise _no_file(source, where)
    if kind == "url":
        fields.needed_text(source, "url", f"{where}.url.")
        width, height = images.UNSEEN
    else:
        fields.needed(source, "media_type", f"{where}.base64.")
        fields.one_of(source, "media_type", _MEDIA, f"{where}.base64.")
        try:
            width, height = images.size_of(fields.needed_text(source, "data", f"{where}.base64."))
        except ValueError as error:
            raise invalid(f"{where}.base64: {error}", where) from error
        if max(width, height) > _LARGEST_EDGE:
            raise invalid(
                f"{where}.base64.data: At least one of the image dimensions exceed max allowed "
                f"size: {_LARGEST_EDGE} pixels",
                where,
            )
    return Block(data, images.tokens_of(width, height))


def _document(data: Mapping[str, Any], path: str) -> Block:
    fields.needed(data, "source", f"{path}.document.")
    source = fields.table(data, "source", f"{path}.document.")
    where = f"{path}.document.source"
    kind = fields.tag(source, where, ("base64", "content", "file", "text", "url"))
    title = fields.text(data, "title", f"{path}.document.") or ""
    if kind == "file":
        raise _no_file(source, where)
    if kind == "text":
        said = fields.needed_text(source, "data", f"{where}.text.")
        return Block(data, tokens.count(f"{title}\n{said}"), said)
    if kind == "content":
        inner = _inner(source, f"{where}.content")
        return Block(data, tokens.count(title) + _sum(inner), _joined(inner))
    if kind == "url":
        fields.needed_text(source, "url", f"{where}.url.")
        return Block(data, _PDF_PAGE)
    try:
        pdf = base64.b64decode(fields.needed_text(source, "data", f"{where}.base64."))
    except ValueError as error:
        raise invalid(f"{where}.base64.data: The PDF specified was not valid.", where) from error
    if not pdf.startswith(b"%PDF"):
        raise invalid(f"{where}.base64.data: The PDF specified was not valid.", where)
    return Block(data, _PDF_PAGE * max(1, len(_PAGE.findall(pdf))))


def _tool_use(data: Mapping[str, Any], path: str) -> Block:
    fields.needed_text(data, "id", f"{path}.tool_use.")
    name = fields.needed_text(data, "name", f"{path}.tool_use.")
    fields.needed(data, "input", f"{path}.tool_use.")
    arguments = orjson.dumps(fields.table(data, "input", f"{path}.tool_use.")).decode()
    return Block(data, tokens.count(name) + tokens.count(arguments))


def _tool_result(data: Mapping[str, Any], path: str) -> Block:
    name = fields.needed_text(data, "tool_use_id", f"{path}.tool_result.")
    fields.flag(data, "is_error", f"{path}.tool_result.")
    inner = _inner(data, f"{path}.tool_result.content")
    return Block(data, _sum(inner), _joined(inner), result_of=name)


def _thinking(data: Mapping[str, Any], path: str) -> Block:
    fields.needed(data, "signature", f"{path}.thinking.")
    fields.text(data, "signature", f"{path}.thinking.")
    fields.needed(data, "thinking", f"{path}.thinking.")
    thought = fields.text(data, "thinking", f"{path}.thinking.")
    return Block(data, tokens.count(thought or ""))


def _search_result(data: Mapping[str, Any], path: str) -> Block:
    title = fields.needed_text(data, "title", f"{path}.search_result.")
    fields.needed_text(data, "source", f"{path}.search_result.")
    inner = _inner(data, f"{path}.search_result.content")
    return Block(data, tokens.count(title) + _sum(inner), _joined(inner))


def _whatever(data: Mapping[str, Any], path: str) -> Block:
    """Blocks of the provider's own tools, which the mock does not have: read over, but counted."""
    return Block(data, tokens.count(orjson.dumps(data).decode()))


def _inner(data: Mapping[str, Any], path: str) -> list[Block]:
    """The blocks inside a block: a string, or a list of them."""
    content = data.get("content")
    if content is None:
        return []
    if isinstance(content, str):
        return [text_block(content)]
    if not isinstance(content, list):
        raise invalid(f"{path}: Input should be a valid string or list", path)
    return [read_block(each, f"{path}.{number}", "user") for number, each in enumerate(content)]


def _sum(blocks: list[Block]) -> int:
    return sum(block.tokens for block in blocks)


def _joined(blocks: list[Block]) -> str:
    return "\n".join(block.says for block in blocks if block.says)


def _no_file(source: Mapping[str, Any], path: str) -> Refusal:
    name = fields.needed_text(source, "file_id", f"{path}.file.")
    return Refusal("unknown_object", f"File not found: {name}", param=path)


_READERS: Mapping[str, Callable[[Mapping[str, Any], str], Block]] = {
    "text": _text,
    "image": _image,
    "document": _document,
    "search_result": _search_result,
    "thinking": _thinking,
    "redacted_thinking": _whatever,
    "tool_use": _tool_use,
    "tool_result": _tool_result,
    "tool_reference": _whatever,
    "browser_state": _whatever,
    "server_tool_use": _whatever,
    "web_search_tool_result": _whatever,
    "web_fetch_tool_result": _whatever,
    "code_execution_tool_result": _whatever,
    "bash_code_execution_tool_result": _whatever,
    "text_editor_code_execution_tool_result": _whatever,
    "tool_search_tool_result": _whatever,
    "container_upload": _whatever,
}
_ONLY_IN = {
    "image": "user",
    "document": "user",
    "tool_result": "user",
    "tool_use": "assistant",
    "thinking": "assistant",
    "redacted_thinking": "assistant",
}
