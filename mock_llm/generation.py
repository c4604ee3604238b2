"""What the model says: one or more choices, cut to what the request allows."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import orjson

from mock_llm import tokens
from mock_llm.draws import Draw
from mock_llm.faults import Fault
from mock_llm.models import Model
from mock_llm.refusals import Refusal

if TYPE_CHECKING:
    from mock_llm.answers import KnowledgePack
    from mock_llm.knowledge.reply import Reply

Message = Mapping[str, Any]
FinishReason = Literal["stop", "length", "tool_calls"]


@dataclass(frozen=True, slots=True)
class Ask:
    """What is wanted of the model, in no provider's words.

    `max_tokens` counts per choice. `wants` is the form of the answer: any text, a JSON object, or
    JSON that fits `schema`. `must_call` is True if a tool has to be called.
    """

    messages: Sequence[Message]
    max_tokens: int
    n: int = 1
    stop: Sequence[str] = ()
    wants: Literal["text", "json", "schema"] = "text"
    schema: Mapping[str, Any] = field(default_factory=dict)
    tools: Sequence[Mapping[str, Any]] = ()
    must_call: bool = False


@dataclass(frozen=True)
class Call:
    """A tool call."""

    id: str
    name: str
    arguments: str

    @cached_property
    def pieces(self) -> Sequence[str]:
        """The arguments in the chunks that a stream sends."""
        return tokens.pieces(self.arguments)


@dataclass(frozen=True)
class Choice:
    """One answer, of so many tokens."""

    text: str
    tokens: int
    finish_reason: FinishReason
    calls: Sequence[Call] = ()

    @cached_property
    def pieces(self) -> Sequence[str]:
        """The text in the chunks that a stream sends, a token each; made when first asked for."""
        return tokens.pieces(self.text) if self.text else ()

    @property
    def steps(self) -> int:
        """How many chunks a stream sends for it."""
        return len(self.pieces) + sum(len(call.pieces) for call in self.calls)

    def tokens_in(self, steps: int) -> int:
        """How many tokens its first chunks are."""
        if steps >= self.steps:
            return self.tokens
        sent = [*self.pieces, *(piece for call in self.calls for piece in call.pieces)][:steps]
        return min(self.tokens, tokens.count("".join(sent)))


def generate(
    pack: "KnowledgePack",
    model: Model,
    ask: Ask,
    draws: Callable[[int], Draw],
    fault: Fault | None,
) -> "tuple[list[Choice], Reply | None]":
    """The choices, and what is known about the first of them (None if it calls a tool)."""
    made = [_choice(pack, model, ask, draws(index), fault) for index in range(ask.n)]
    return [choice for choice, _ in made], made[0][1]


def _choice(
    pack: "KnowledgePack", model: Model, ask: Ask, draw: Draw, fault: Fault | None
) -> "tuple[Choice, Reply | None]":
    if ask.tools:
        called = pack.tool_call(ask.tools, ask.messages, draw, must_call=ask.must_call)
        if called:
            return _calls(called, draw), None
    kind = fault.kind if fault else ""
    reply = pack.reply(
        ask.messages, capability=model.capability, draw=draw, spoil=kind == "wrong_product"
    )
    if kind == "empty":
        return Choice("", 0, "stop"), reply
    text = reply.text
    if ask.wants != "text" and kind != "wrong_format":
        text = _json(pack, ask, reply, draw)
    text = _until_stop(text, ask.stop)
    count = tokens.count(text)
    most = ask.max_tokens
    if kind == "truncated" and fault is not None:
        wanted = fault.setting("max_tokens")
        most = min(most, count // 2 if wanted is None else int(wanted), max(count - 1, 0))
    finish: FinishReason = "stop"
    if count > most:
        text, count, finish = tokens.cut(text, most), most, "length"
    return Choice(text, count, finish), reply


def _calls(called: Sequence[Any], draw: Draw) -> Choice:
    calls = []
    for number, call in enumerate(called):
        name = f"call_{draw.integer(f'call {number} a', 1 << 60):015x}"
        calls.append(Call(name, call.name, call.arguments))
    count = sum(tokens.count(call.name) + tokens.count(call.arguments) for call in calls)
    return Choice("", count, "tool_calls", calls)


def _json(pack: "KnowledgePack", ask: Ask, reply: "Reply", draw: Draw) -> str:
    if ask.wants == "schema":
        try:
            return orjson.dumps(pack.fill_schema(ask.schema, reply, draw)).decode()
        except ValueError as error:
            raise Refusal(
                "invalid_value",
                f"No value is valid against this JSON schema: {error}",
                param="response_format",
            ) from error
    return orjson.dumps(dict(reply.structured or {"answer": reply.text})).decode()


def _until_stop(text: str, stop: Sequence[str]) -> str:
    """The text before the first stop sequence that occurs in it."""
    if not stop:
        return text
    return re.split("|".join(map(re.escape, stop)), text, maxsplit=1)[0]
