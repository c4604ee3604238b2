"""POST /v1/responses: the job, and the response object that it makes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from mock_llm.draws import Draw
from mock_llm.evidence.prices import Usage
from mock_llm.evidence.visit import Visit
from mock_llm.injected.faults import Fault
from mock_llm.job import Result
from mock_llm.kept import KeptResponse
from mock_llm.lab import Lab
from mock_llm.model.generation import Ask, Choice, Unfit, generate
from mock_llm.model.models import Model
from mock_llm.refusals import Refusal
from mock_llm.wire.openai.errors import response_error_event
from mock_llm.wire.openai.logprobs import chat_logprobs
from mock_llm.wire.openai.prompt import cached_tokens
from mock_llm.wire.openai.response_events import response_events
from mock_llm.wire.openai.response_items import Input, as_chat, numbered, pack_chat
from mock_llm.wire.openai.schemas import unfit

if TYPE_CHECKING:
    from mock_llm.model.answers import KnowledgePack

Json = Mapping[str, Any]

# Why a response is incomplete, by why its answer ended.
_CUT = {"length": "max_output_tokens", "content_filter": "content_filter"}
_SUMMARY = "**Reading the question**\n\nI look for what is asked and what I know about it."


@dataclass(slots=True)
class ResponseJob:
    """A response; see `mock_llm.job.Job`.

    `echo` is what the response repeats of its request. One in the `background` is made at once,
    and paid, but shown only when the lab's clock says so; who cancels it gets back the rest.
    """

    model: Model
    stream: bool
    wants_json: bool
    content: str
    question: str
    steady: bool
    ask: Ask
    prompt_tokens: int
    pack: "KnowledgePack"
    lab: Lab
    cacheable: str | None
    alternatives: int | None
    given: Input
    before: Sequence[Json]
    echo: Json
    background: bool
    store: bool
    summarize: bool
    with_thoughts: bool
    _made: Sequence[Choice] = ()
    _sent: int = 0

    async def work(self, draws: Callable[[int], Draw], fault: Fault | None) -> Result:
        try:
            choices, reply = generate(self.pack, self.model, self.ask, draws, fault)
        except Unfit as error:
            raise unfit(error, self.ask.schema_name, "text.format.schema") from error
        used = Usage(
            self.prompt_tokens,
            sum(choice.tokens for choice in choices),
            cached_tokens(self.lab, self.model, self.cacheable, self.prompt_tokens),
            reasoning=sum(choice.reasoning for choice in choices),
        )
        self._made = choices
        # Nobody waits for what is made in the background: without choices it takes no time.
        return Result(used, choices if self.stream or not self.background else (), reply)

    def body(self, visit: Visit, result: Result) -> bytes:
        reply = self._reply(visit, result.usage)
        if not self.background:
            self._keep(visit, reply, 0.0, 0.0)
            return orjson.dumps(reply)
        visit.answer, visit.finish_reason = self._made[0].text, self._made[0].finish_reason
        draw = self.lab.draw("background", self.content)
        queued, working = 1.0 + 2.0 * draw.uniform("queued"), 2.0 + 8.0 * draw.uniform("working")
        made = replace(result, choices=self._made)
        kept = self._keep(visit, reply, queued, queued + working, (visit, made))
        return orjson.dumps(shown(kept, self.lab.clock.wall()))

    def events(self, visit: Visit, result: Result) -> Iterator[tuple[int, bytes]]:
        reply = self._reply(visit, result.usage)
        if self.background:  # goes on without its client
            self._keep(visit, reply, 0.0, 0.0)
        for part in response_events(reply, self._made[0].reasoning):
            self._sent += 1
            yield part
        if not self.background:
            self._keep(visit, reply, 0.0, 0.0)

    def error_event(self, refusal: Refusal) -> bytes:
        """What ends a stream that fails on its way."""
        return response_error_event(refusal, self._sent)

    def _reply(self, visit: Visit, used: Usage) -> dict[str, Any]:
        choice = self._made[0]
        cut = _CUT.get(choice.finish_reason)
        return {
            "id": f"resp_{visit.token}",
            "object": "response",
            "created_at": visit.created,
            "status": "incomplete" if cut else "completed",
            "completed_at": None if cut else visit.created,
            "error": None,
            "incomplete_details": {"reason": cut} if cut else None,
            **self.echo,
            "output": self._output(visit.token, choice),
            "usage": usage(used),
        }

    def _output(self, token: str, choice: Choice) -> list[dict[str, Any]]:
        status = "incomplete" if choice.finish_reason in _CUT else "completed"
        output: list[dict[str, Any]] = []
        if choice.reasoning:
            output.append(self._thoughts(token))
        for number, call in enumerate(choice.calls):
            last = number == len(choice.calls) - 1
            kind, prefix, said = (
                ("custom_tool_call", "ctc", "input")
                if call.custom
                else ("function_call", "fc", "arguments")
            )
            output.append(
                {
                    "id": f"{prefix}_{token}{number:02d}",
                    "type": kind,
                    "status": status if last else "completed",
                    "call_id": call.id,
                    "name": call.name,
                    said: call.arguments,
                }
            )
        thought_only = choice.reasoning >= choice.tokens and choice.finish_reason == "length"
        if not choice.calls and not thought_only:
            output.append(
                {
                    "id": f"msg_{token}",
                    "type": "message",
                    "status": status,
                    "role": "assistant",
                    "content": [self._part(choice)],
                }
            )
        return output

    def _thoughts(self, token: str) -> dict[str, Any]:
        summary = [{"type": "summary_text", "text": _SUMMARY}] if self.summarize else []
        thoughts = {"id": f"rs_{token}", "type": "reasoning", "summary": summary}
        if self.with_thoughts:
            thoughts["encrypted_content"] = pack_chat([])
        return thoughts

    def _part(self, choice: Choice) -> dict[str, Any]:
        if choice.refused:
            return {"type": "refusal", "refusal": choice.text}
        known = []
        if self.alternatives is not None:
            known = chat_logprobs(choice.spoken, self.alternatives)
        return {"type": "output_text", "text": choice.text, "annotations": [], "logprobs": known}

    def _keep(
        self,
        visit: Visit,
        reply: Json,
        starts_s: float,
        done_s: float,
        work: tuple[Visit, Result] | None = None,
    ) -> KeptResponse:
        items = numbered(self.given.items, visit.token)
        # The earlier turns count in full: they stay as long as this one, even if deleted.
        size = len(orjson.dumps(reply)) + len(orjson.dumps([items, self.before]))
        if work is not None:
            size += len(visit.body)
        now = self.lab.clock.wall()
        kept = KeptResponse(
            reply=reply,
            items=items,
            chat=[*self.before, *self.given.chat, *as_chat(reply["output"])],
            starts_at=now + starts_s,
            done_at=now + done_s,
            size=size,
            work=work,
        )
        if self.store:
            self.lab.kept.responses.keep(reply["id"], kept, size)
        return kept


def shown(kept: KeptResponse, now: float) -> Json:
    """A response as it stands at a moment: queued, in progress, or as it ended."""
    if now >= kept.done_at:
        return kept.reply
    return not_done(kept.reply, "queued" if now < kept.starts_at else "in_progress")


def not_done(reply: Json, status: str) -> dict[str, Any]:
    """A response before its end, or one that never came to it."""
    nothing_yet: Json = {
        "output": [],
        "usage": None,
        "completed_at": None,
        "incomplete_details": None,
    }
    return {**reply, **nothing_yet, "status": status}


def usage(used: Usage) -> Json:
    """The `usage` object of a response."""
    return {
        "input_tokens": used.prompt,
        "input_tokens_details": {"cached_tokens": used.cached, "cache_write_tokens": 0},
        "output_tokens": used.completion,
        "output_tokens_details": {"reasoning_tokens": used.reasoning},
        "total_tokens": used.prompt + used.completion,
    }
