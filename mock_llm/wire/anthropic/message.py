"""POST /v1/messages: the job, and the reply as one body."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from mock_llm.draws import Draw
from mock_llm.evidence.prices import Usage
from mock_llm.evidence.visit import Visit
from mock_llm.injected.faults import Fault
from mock_llm.job import Result
from mock_llm.model.generation import Ask, Unfit, generate
from mock_llm.model.marked_cache import NOTHING, Cached, MarkedCache
from mock_llm.model.models import Model
from mock_llm.refusals import Refusal
from mock_llm.wire.anthropic.answer import Answer, answer, refusal
from mock_llm.wire.anthropic.errors import invalid
from mock_llm.wire.anthropic.events import message_events
from mock_llm.wire.anthropic.prompt import Prompt
from mock_llm.wire.anthropic.thinking import Plan, think
from mock_llm.wire.anthropic.usage import usage

if TYPE_CHECKING:
    from mock_llm.knowledge.reply import Reply
    from mock_llm.model.answers import KnowledgePack

# Who tests how refusals are handled puts this into a prompt; the provider documents it.
REFUSED = "ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSAL_1FAEFB6177B4672DEE07F9D3AFC62588CCD2631EDCF22E8CCC1FB35B501C9C86"  # noqa: E501


@dataclass(slots=True)
class MessageJob:
    """A message; see `mock_llm.job.Job`.

    `cache_minimum` is the shortest beginning that the model caches, in tokens.
    """

    model: Model
    stream: bool
    wants_json: bool
    content: str
    question: str
    steady: bool
    ask: Ask
    prompt: Prompt
    plan: Plan | None
    stops: Sequence[str]
    window_ends_first: bool
    cache: MarkedCache
    cache_minimum: int
    pack: "KnowledgePack"

    @property
    def prompt_tokens(self) -> int:
        return self.prompt.tokens

    async def work(self, draws: Callable[[int], Draw], fault: Fault | None) -> Result:
        made, reply = self._answer(draws, fault)
        cached = self._cached()
        used = Usage(
            self.prompt.tokens,
            made.tokens,
            reasoning=made.reasoning,
            cached=cached.read,
            cache_write_5m=cached.written_5m,
            cache_write_1h=cached.written_1h,
        )
        return Result(used, [made], reply)

    def body(self, visit: Visit, result: Result) -> bytes:
        made = _answer_of(result)
        return orjson.dumps(
            {
                **self._head(visit),
                "content": made.content(),
                "stop_reason": made.stop_reason,
                "stop_sequence": made.stop_sequence,
                "stop_details": made.stop_details,
                "usage": usage(result.usage, tier="batch" if visit.batch else "standard"),
            }
        )

    def events(self, visit: Visit, result: Result) -> Iterator[tuple[int, bytes]]:
        return message_events(self._head(visit), _answer_of(result), result.usage)

    def _answer(
        self, draws: Callable[[int], Draw], fault: Fault | None
    ) -> "tuple[Answer, Reply | None]":
        if any(REFUSED in block.says for block in self.prompt.blocks):
            return refusal(), None
        if not self.ask.max_tokens:
            # To fill the cache is all that such a request wants.
            return Answer("", 0, "length", stop_reason="max_tokens"), None
        try:
            (choice,), reply = generate(self.pack, self.model, self.ask, draws, fault)
        except Unfit as error:
            raise self._unfit(error) from error
        thought = think(self.plan, draws(0), choice.reasoning) if self.plan else None
        made = answer(choice, thought, self.stops)
        if made.stop_reason == "max_tokens" and self.window_ends_first:
            made = replace(made, stop_reason="model_context_window_exceeded")
        return made, reply

    def _unfit(self, error: Unfit) -> Refusal:
        """What is said if an answer cannot be made to fit its schema."""
        if error.tool is None:
            said = f"Invalid schema: no valid value was found: {error}"
            return invalid(f"output_config.format.schema: {said}", "output_config")
        names = [tool["name"] for tool in self.prompt.tools]
        at = f"tools.{names.index(error.tool)}"
        said = f"JSON schema is invalid. No valid value was found: {error}"
        return invalid(f"{at}.custom.input_schema: {said}", at)

    def _cached(self) -> Cached:
        if not self.prompt.is_marked:
            return NOTHING
        return self.cache.use(self.prompt.beginnings(self.model.id), self.cache_minimum)

    def _head(self, visit: Visit) -> dict[str, Any]:
        return {
            "id": f"msg_{visit.token}",
            "type": "message",
            "role": "assistant",
            "model": self.model.asked_as,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "stop_details": None,
            "container": None,
        }


def _answer_of(result: Result) -> Answer:
    made = result.choices[0]
    if not isinstance(made, Answer):
        raise TypeError(f"expected an answer of work(), got {type(made).__name__}")
    return made
