"""Reads what a Messages request says to the model: its tools, its system prompt, its messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import orjson

from mock_llm.model import tokens
from mock_llm.model.generation import Message
from mock_llm.model.marked_cache import Beginning
from mock_llm.wire.anthropic import fields
from mock_llm.wire.anthropic.content import Block, cache_life, read_block, text_block
from mock_llm.wire.anthropic.errors import invalid
from mock_llm.wire.json_schema import complaint

MOST_MARKS = 4
MOST_MESSAGES = 100_000
ROLES = ("user", "assistant", "system")
# What the chat format adds: measured as 7 tokens around the one message of a short request.
_PER_MESSAGE = 4
_BEFORE_THE_REPLY = 3


@dataclass(slots=True)
class Prompt:
    """A prompt, block by block in the order in which the model reads it.

    `messages` are the same for the knowledge pack. From block `chat_from` on it is the
    conversation, which is cached anew if `switches` (tool choice, thinking) change.
    """

    blocks: list[Block]
    messages: list[Message]
    tools: list[Mapping[str, Any]]
    chat_from: int
    tokens: int
    switches: bytes = b""

    @property
    def is_marked(self) -> bool:
        """Whether anything of it shall be cached."""
        return any(block.life_s is not None for block in self.blocks)

    def beginnings(self, model: str) -> list[Beginning]:
        """The prompt up to each of its blocks."""
        digest = blake2b(model.encode(), digest_size=16)
        found = []
        total = 0
        for place, block in enumerate(self.blocks):
            if place == self.chat_from:
                digest.update(self.switches)
            digest.update(_unmarked(block.data))
            total += block.tokens
            found.append(Beginning(digest.digest(), total, block.life_s))
        return found


def read_prompt(request: Mapping[str, Any], tools_prompt: int) -> Prompt:
    """The prompt of a request.

    Args:
        tools_prompt: how many tokens the model is told about tools, if there are any.

    Raises:
        Refusal: something in it is wrong.
    """
    tools, blocks = read_tools(request, tools_prompt)
    messages: list[Message] = []
    system = _system(request)
    if system:
        messages.append({"role": "system", "content": "\n".join(each.says for each in system)})
        blocks += system
    chat_from = len(blocks)
    blocks += _conversation(request, messages)
    _mark_last(request, blocks)
    _check_marks(blocks)
    total = _BEFORE_THE_REPLY + sum(block.tokens for block in blocks)
    switches = orjson.dumps([request.get("tool_choice"), request.get("thinking")])
    return Prompt(blocks, messages, tools, chat_from, total, switches)


def read_tools(
    request: Mapping[str, Any], tools_prompt: int
) -> tuple[list[Mapping[str, Any]], list[Block]]:
    """The tools that the model may call, and how it is told about them all."""
    blocks: list[Block] = []
    own: list[Mapping[str, Any]] = []
    names: set[str] = set()
    for number, tool in enumerate(fields.rows(request, "tools")):
        at = f"tools.{number}"
        if not isinstance(tool, dict):
            raise fields.wrong_type(at, "dictionary")
        kind = fields.text(tool, "type", f"{at}.") or "custom"
        name = tool.get("name")
        if kind == "custom":
            name = fields.needed_text(tool, "name", f"{at}.custom.")
            fields.text(tool, "description", f"{at}.custom.")
            fields.needed(tool, "input_schema", f"{at}.custom.")
            schema = fields.table(tool, "input_schema", f"{at}.custom.")
            if schema.get("type") != "object":
                raise invalid(f"{at}.custom.input_schema.type: Input should be 'object'", at)
            wrong = complaint(schema)
            if wrong is not None:
                raise invalid(
                    f"{at}.custom.input_schema: JSON schema is invalid. It must match JSON Schema "
                    f"draft 2020-12: {wrong}",
                    at,
                )
            own.append(tool)
        if isinstance(name, str):
            if name in names:
                raise invalid("tools: Tool names must be unique.", at)
            names.add(name)
        says = orjson.dumps({key: tool[key] for key in tool if key != "cache_control"}).decode()
        told = tokens.count(says) + (tools_prompt if number == 0 else 0)
        blocks.append(Block(tool, told, life_s=cache_life(tool, at)))
    return own, blocks


def _system(request: Mapping[str, Any]) -> list[Block]:
    system = request.get("system")
    if system is None or system == "":
        return []
    if isinstance(system, str):
        return [text_block(system)]
    if not isinstance(system, list):
        raise invalid("system: Input should be a valid string or list", "system")
    found = []
    for number, each in enumerate(system):
        path = f"system.{number}"
        if isinstance(each, dict):
            fields.tag(each, path, ("text",))
        found.append(read_block(each, path, "system"))
    return found


def _conversation(request: Mapping[str, Any], messages: list[Message]) -> list[Block]:
    """The blocks of all messages; the knowledge pack's own messages are appended."""
    fields.needed(request, "messages")
    given = fields.rows(request, "messages")
    if not given:
        raise invalid("messages: at least one message is required", "messages")
    if len(given) > MOST_MESSAGES:
        raise invalid(f"messages: at most {MOST_MESSAGES} messages are allowed", "messages")
    turns: list[tuple[str, list[Block]]] = []
    for number, message in enumerate(given):
        path = f"messages.{number}"
        if not isinstance(message, dict):
            raise fields.wrong_type(path, "dictionary")
        fields.needed(message, "role", f"{path}.")
        role = fields.one_of(message, "role", ROLES, f"{path}.") or ""
        read = _content(message, path, role)
        read[0].tokens += _PER_MESSAGE
        messages += _told(role, read)
        turns.append((role, read))
    if turns[-1][0] == "assistant":
        raise invalid(
            "This model does not support assistant message prefill. The conversation must end "
            "with a user message.",
            "messages",
        )
    _check_calls(turns)
    return [block for _, read in turns for block in read]


def _content(message: Mapping[str, Any], path: str, role: str) -> list[Block]:
    content = fields.needed(message, "content", f"{path}.")
    if isinstance(content, str):
        if not content:
            raise invalid(f"{path}: user messages must have non-empty content", path)
        return [text_block(content)]
    if not isinstance(content, list):
        raise invalid(f"{path}.content: Input should be a valid string or list", path)
    if not content:
        raise invalid(f"{path}: user messages must have non-empty content", path)
    return [
        read_block(each, f"{path}.content.{number}", role) for number, each in enumerate(content)
    ]


def _check_calls(turns: Sequence[tuple[str, list[Block]]]) -> None:
    """That every tool call has its result in the turn after it, and every result its call.

    Messages of one role that follow each other are one turn.
    """
    called: list[str] = []
    answered: list[str] = []
    caller = 0
    before = ""
    for number, (role, read) in enumerate(turns):
        if role == "assistant":
            if before != "assistant":
                _check_answered(called, answered, caller)
                called, answered = [], []
            caller = number
            called += [str(each.data["id"]) for each in read if each.data["type"] == "tool_use"]
        for block in read:
            if block.result_of is None:
                continue
            if block.result_of not in called:
                raise invalid(
                    f"messages.{number}: unexpected `tool_use_id` found in `tool_result` blocks: "
                    f"{block.result_of}. Each `tool_result` block must have a corresponding "
                    "`tool_use` block in the previous message.",
                    f"messages.{number}",
                )
            answered.append(block.result_of)
        before = role if role != "system" else before
    _check_answered(called, answered, caller)


def _check_answered(called: Sequence[str], answered: Sequence[str], number: int) -> None:
    left = [name for name in called if name not in answered]
    if left:
        raise invalid(
            f"messages.{number}: `tool_use` ids were found without `tool_result` blocks "
            f"immediately after: {', '.join(left)}. Each `tool_use` block must have a "
            "corresponding `tool_result` block in the next message.",
            f"messages.{number}",
        )


def _told(role: str, read: Sequence[Block]) -> list[Message]:
    """A message as the knowledge pack reads it: what a tool answered comes last."""
    said = [block.says for block in read if block.says and block.result_of is None]
    results = [{"role": "tool", "content": block.says} for block in read if block.result_of]
    calls = [_called(block.data) for block in read if block.data["type"] == "tool_use"]
    message: dict[str, Any] = {"role": role, "content": "\n".join(said)}
    if calls:
        message["tool_calls"] = calls
    return [*([message] if said or calls else []), *results]


def _called(block: Mapping[str, Any]) -> Message:
    arguments = orjson.dumps(block["input"]).decode()
    return {"id": block["id"], "function": {"name": block["name"], "arguments": arguments}}


def _mark_last(request: Mapping[str, Any], blocks: Sequence[Block]) -> None:
    """A mark on the request as a whole stands for one on its last block that can be cached."""
    life = cache_life(request, "")
    if life is None:
        return
    for block in reversed(blocks):
        if block.data.get("type") not in ("thinking", "redacted_thinking"):
            block.life_s = block.life_s or life
            return


def _check_marks(blocks: Sequence[Block]) -> None:
    lives = [block.life_s for block in blocks if block.life_s is not None]
    if len(lives) > MOST_MARKS:
        raise invalid(
            f"A maximum of {MOST_MARKS} blocks with cache_control may be provided. "
            f"Found {len(lives)}.",
            "cache_control",
        )
    if lives != sorted(lives, reverse=True):
        raise invalid(
            "cache_control: a ttl='1h' cache_control block must not come after a ttl='5m' "
            "cache_control block",
            "cache_control",
        )


def _unmarked(data: Mapping[str, Any]) -> bytes:
    """What a block says, the same whether or not it is marked."""
    return orjson.dumps({key: data[key] for key in data if key != "cache_control"})
