"""What the model says: one or more choices, cut to what the request allows.

A model that reasons thinks first. Its thoughts are never sent, but take tokens of the request's
limit, and time: in a stream they are chunks without text.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import orjson

from mock_llm.draws import Draw
from mock_llm.injected.answer_faults import (
    MADE_WRONG,
    beside_truth,
    hallucinated,
    one_wrong_value,
)
from mock_llm.injected.faults import Fault
from mock_llm.knowledge.work import NoArguments, TooMuchWork, Work
from mock_llm.model import tokens
from mock_llm.model.models import KINDS, Model
from mock_llm.model.moderation import asks_for_harm
from mock_llm.model.next_step import follows_result, next_call

if TYPE_CHECKING:
    from mock_llm.knowledge.reply import Reply, ToolCall
    from mock_llm.model.answers import KnowledgePack
    from mock_llm.scripted.rule_replies import Told

Message = Mapping[str, Any]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]

REFUSAL = "I'm sorry, but I can't help with that."
_ABLE = dict.fromkeys(KINDS, 1.0)
_THOUGHTS = {"minimal": 64, "low": 192, "medium": 512, "high": 1280, "xhigh": 2560, "max": 5120}


@dataclass(frozen=True, slots=True)
class Ask:
    """What is wanted of the model, in no provider's words.

    `max_tokens` counts per choice. `wants` is the form of the answer: any text, a JSON object, or
    JSON that fits `schema`, which has a name in some requests. `must_call` is True if a tool has to
    be called, `parallel_calls` if several may be. `effort` is how hard to think before, see
    `EFFORTS` in `mock_llm.model.models`. `custom` are the names of tools that take a text: the
    argument `input` alone. `told` is what a rule of the lab's own says, instead of what the model
    knows.
    """

    messages: Sequence[Message]
    max_tokens: int
    n: int = 1
    stop: Sequence[str] = ()
    wants: Literal["text", "json", "schema"] = "text"
    schema: Mapping[str, Any] = field(default_factory=dict)
    schema_name: str = ""
    tools: Sequence[Mapping[str, Any]] = ()
    must_call: bool = False
    parallel_calls: bool = True
    effort: str = "none"
    custom: frozenset[str] = frozenset()
    told: "Told | None" = None


@dataclass(frozen=True)
class Call:
    """A tool call; the arguments of a `custom` one are a text instead of JSON."""

    id: str
    name: str
    arguments: str
    custom: bool = False

    @cached_property
    def pieces(self) -> Sequence[str]:
        """The arguments in the chunks that a stream sends."""
        return tokens.pieces(self.arguments)


@dataclass(frozen=True)
class Choice:
    """One answer, of so many tokens; `reasoning` of them were thoughts.

    `refused` says that the text declines to answer.
    """

    text: str
    tokens: int
    finish_reason: FinishReason
    calls: Sequence[Call] = ()
    reasoning: int = 0
    refused: bool = False

    @cached_property
    def spoken(self) -> Sequence[str]:
        """The text in pieces, a token each; made when first asked for."""
        return tokens.pieces(self.text) if self.text else ()

    @cached_property
    def pieces(self) -> Sequence[str]:
        """The text in the chunks that a stream sends; a thought is a chunk without text."""
        return [*[""] * self.reasoning, *self.spoken] if self.reasoning else self.spoken

    @property
    def steps(self) -> int:
        """How many chunks a stream sends for it."""
        return len(self.pieces) + sum(len(call.pieces) for call in self.calls)

    def tokens_in(self, steps: int) -> int:
        """How many tokens its first chunks are."""
        if steps >= self.steps:
            return self.tokens
        sent = [*self.pieces, *(piece for call in self.calls for piece in call.pieces)][:steps]
        return min(self.tokens, min(steps, self.reasoning) + tokens.count("".join(sent)))


class Unfit(Exception):
    """No answer was found that is valid against its schema, for a reason.

    Args:
        tool: whose arguments they would be; None if it is the answer itself.
    """

    def __init__(self, reason: str, tool: str | None = None) -> None:
        super().__init__(reason)
        self.tool = tool


def generate(
    pack: "KnowledgePack",
    model: Model,
    ask: Ask,
    draws: Callable[[int], Draw],
    fault: Fault | None,
) -> "tuple[list[Choice], Reply | None]":
    """The choices, and what is known about the first of them (None if it calls a tool).

    Raises:
        Unfit: there is no valid answer to a schema, or none was found within a bounded time.
    """
    work = Work()  # for all choices together
    made = [_choice(pack, model, ask, draws(index), fault, work) for index in range(ask.n)]
    return [choice for choice, _ in made], made[0][1]


def _choice(
    pack: "KnowledgePack", model: Model, ask: Ask, draw: Draw, fault: Fault | None, work: Work
) -> "tuple[Choice, Reply | None]":
    if ask.told is not None:
        from mock_llm.scripted.told_choice import told_choice

        return told_choice(ask.told, ask, draw, fault)
    thoughts = 0 if ask.effort == "none" else reasoning_tokens(ask.effort, draw)
    if thoughts >= ask.max_tokens:
        return Choice("", ask.max_tokens, "length", reasoning=ask.max_tokens), None
    left = ask.max_tokens - thoughts
    kind = fault.kind if fault else ""
    if kind == "refusal" or asks_for_harm(_last_said(ask.messages)):
        return refused(REFUSAL, left, thoughts), None
    if ask.tools:
        called = _called(pack, model, ask, draw, work)
        if called:
            return calls(called if ask.parallel_calls else called[:1], ask, draw, thoughts), None
    text, reply = _answer(pack, model, ask, draw, kind, work)
    return cut(text, ask.stop, left, thoughts, fault), reply


def cut(text: str, stop: Sequence[str], left: int, thoughts: int, fault: Fault | None) -> Choice:
    """A text as far as stop sequences, the request's limit and a fault let it come."""
    text = _until_stop(text, stop)
    count = tokens.count(text)
    most, finish = _limit(left, count, fault)
    if count > most:
        text, count = tokens.cut(text, most), most
    else:
        finish = "stop"
    return Choice(text, count + thoughts, finish, reasoning=thoughts)


def _answer(
    pack: "KnowledgePack", model: Model, ask: Ask, draw: Draw, kind: str, work: Work
) -> "tuple[str, Reply]":
    """The whole answer in the form that is wanted, spoiled if a fault of some kind says so."""
    reply = pack.reply(
        ask.messages, capability=model.capability, draw=draw, spoil=kind == "wrong_product"
    )
    if kind == "empty":
        return "", reply
    if kind == "hallucinated_product":
        reply = hallucinated(reply, pack.products, draw)
    text = reply.text
    if ask.wants != "text" and kind != "wrong_format":
        text = _json(pack, ask, reply, draw, work)
        if kind == "wrong_value":
            text = one_wrong_value(text, pack.products, draw)
    if kind in MADE_WRONG:
        right = pack.reply(ask.messages, capability=_ABLE, draw=draw)
        reply = beside_truth(reply, right, text)
    return text, reply


def _limit(left: int, count: int, fault: Fault | None) -> tuple[int, FinishReason]:
    """How many of an answer's tokens are said, and why it ends there if there are more."""
    if fault is not None and fault.kind == "truncated":
        wanted = fault.setting("max_tokens")
        half = count // 2 if wanted is None else int(wanted)
        return min(left, half, max(count - 1, 0)), "length"
    if fault is not None and fault.kind == "content_filter":
        return min(left, count // 2), "content_filter"
    return left, "length"


def _last_said(messages: Sequence[Message]) -> str:
    """What the user said last, if it is text and the last word."""
    last = messages[-1]
    content = last.get("content")
    return content if isinstance(content, str) and last.get("role") == "user" else ""


def reasoning_tokens(effort: str, draw: Draw) -> int:
    """How many tokens a model thinks for: log-normal around the effort's median, in steps of 64.

    Steps of 64 are how OpenAI reports them; the medians are this mock's own.
    """
    median = _THOUGHTS[effort]
    return 64 * max(1, round(draw.lognormal("thoughts", median, 4.0 * median) / 64))


def refused(words: str, most: int, thoughts: int) -> Choice:
    """An answer that declines in these words, in at most so many tokens."""
    count = tokens.count(words)
    if count > most:
        text = tokens.cut(words, most)
        return Choice(text, most + thoughts, "length", reasoning=thoughts, refused=True)
    return Choice(words, count + thoughts, "stop", reasoning=thoughts, refused=True)


def calls(called: Sequence["ToolCall"], ask: Ask, draw: Draw, thoughts: int) -> Choice:
    """The calls; where they take more tokens than there are, the last one is cut short."""
    most = ask.max_tokens - thoughts
    made: list[Call] = []
    used = 0
    finish: FinishReason = "tool_calls"
    for number, call in enumerate(called):
        id = f"call_{draw.integer(f'call {number} a', 1 << 60):015x}"
        custom = call.name in ask.custom
        arguments = str(orjson.loads(call.arguments)["input"]) if custom else call.arguments
        named, said = tokens.count(call.name), tokens.count(arguments)
        if used + named + said > most:
            finish = "length"
            if used + named >= most and made:
                break
            said = max(0, most - used - named)
            arguments = tokens.cut(arguments, said)
        made.append(Call(id, call.name, arguments, custom))
        used += named + said
        if finish == "length":
            break
    used = min(used, most)
    return Choice("", used + thoughts, finish, made, reasoning=thoughts)


def _called(
    pack: "KnowledgePack", model: Model, ask: Ask, draw: Draw, work: Work
) -> "Sequence[ToolCall]":
    try:
        if ask.must_call and follows_result(ask.messages):
            return next_call(pack, model.capability, ask.tools, ask.messages, draw, work)
        return pack.tool_call(ask.tools, ask.messages, draw, must_call=ask.must_call, work=work)
    except NoArguments as error:
        raise Unfit(str(error), error.name) from error


def _json(pack: "KnowledgePack", ask: Ask, reply: "Reply", draw: Draw, work: Work) -> str:
    if ask.wants == "schema":
        try:
            return orjson.dumps(pack.fill_schema(ask.schema, reply, draw, work)).decode()
        except (ValueError, TooMuchWork) as error:
            raise Unfit(str(error)) from error
    return orjson.dumps(dict(reply.structured or {"answer": reply.text})).decode()


def _until_stop(text: str, stop: Sequence[str]) -> str:
    """The text before the first stop sequence that occurs in it."""
    found = [at for each in stop if (at := text.find(each)) >= 0]
    return text[: min(found)] if found else text
