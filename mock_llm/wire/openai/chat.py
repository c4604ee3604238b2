"""POST /v1/chat/completions."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from mock_llm.draws import Draw
from mock_llm.evidence.prices import Usage
from mock_llm.evidence.visit import Visit
from mock_llm.injected.faults import Fault
from mock_llm.job import Result
from mock_llm.kept import KeptCompletion
from mock_llm.lab import Lab
from mock_llm.model.generation import Ask, Choice, Unfit, generate
from mock_llm.model.models import Model
from mock_llm.wire.openai import chunks as openai_chunks
from mock_llm.wire.openai.calls import call_object, finish_reason
from mock_llm.wire.openai.logprobs import chat_logprobs
from mock_llm.wire.openai.prompt import cached_tokens
from mock_llm.wire.openai.schemas import unfit
from mock_llm.wire.openai.usage import usage

if TYPE_CHECKING:
    from mock_llm.model.answers import KnowledgePack

_FINGERPRINT = "fp_mock"


class Named(Protocol):
    """What the ids and times in a reply are made of."""

    @property
    def token(self) -> str: ...
    @property
    def created(self) -> int: ...


@dataclass(slots=True)
class ChatJob:
    """A chat completion; see `mock_llm.job.Job`."""

    model: Model
    stream: bool
    wants_json: bool
    content: str
    question: str
    steady: bool
    ask: Ask
    prompt_tokens: int
    with_usage: bool
    pack: "KnowledgePack"
    lab: Lab
    cacheable: str | None
    alternatives: int | None
    store: bool
    metadata: Mapping[str, str] | None
    legacy_calls: bool

    async def work(self, draws: Callable[[int], Draw], fault: Fault | None) -> Result:
        return self.make(draws, fault)

    @property
    def is_plain(self) -> bool:
        """Whether the answer is one text that depends on its draws alone."""
        return (
            self.ask.n == 1
            and self.ask.wants == "text"
            and not self.ask.tools
            and self.alternatives is None
            and self.cacheable is None
            and not self.store
        )

    def make(self, draws: Callable[[int], Draw], fault: Fault | None) -> Result:
        try:
            choices, reply = generate(self.pack, self.model, self.ask, draws, fault)
        except Unfit as error:
            raise unfit(error, self.ask.schema_name, "response_format") from error
        used = Usage(
            self.prompt_tokens,
            sum(choice.tokens for choice in choices),
            cached_tokens(self.lab, self.model, self.cacheable, self.prompt_tokens),
            reasoning=sum(choice.reasoning for choice in choices),
        )
        return Result(used, choices, reply)

    def body(self, visit: Named, result: Result) -> bytes:
        body = orjson.dumps(
            {
                **self._head(visit, "chat.completion"),
                "choices": [
                    {
                        "index": index,
                        "message": self._message(choice),
                        "logprobs": self._logprobs(choice),
                        "finish_reason": finish_reason(choice, legacy=self.legacy_calls),
                    }
                    for index, choice in enumerate(result.choices)
                ],
                "usage": usage(result.usage),
            }
        )
        if self.store:
            self._keep(body)
        return body

    def events(self, visit: Visit, result: Result) -> Iterator[tuple[int, bytes]]:
        head = self._head(visit, "chat.completion.chunk")
        yield from openai_chunks.chat_events(
            head,
            result,
            with_usage=self.with_usage,
            alternatives=self.alternatives,
            legacy=self.legacy_calls,
        )
        if self.store:
            self.body(visit, result)

    def _message(self, choice: Choice) -> Mapping[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": choice.text, "refusal": None}
        if choice.refused:
            message["content"], message["refusal"] = None, choice.text
        if choice.calls:
            message["content"] = None
            told = [call_object(call, call.arguments) for call in choice.calls]
            if self.legacy_calls:
                message["function_call"] = told[0]["function"]
            else:
                message["tool_calls"] = told
        return message

    def _logprobs(self, choice: Choice) -> Mapping[str, Any] | None:
        if self.alternatives is None:
            return None
        known = chat_logprobs(choice.spoken, self.alternatives)
        said, refused = (None, known) if choice.refused else (known, None)
        return {"content": said, "refusal": refused}

    def _keep(self, body: bytes) -> None:
        reply = orjson.loads(body)
        reply["metadata"] = dict(self.metadata or {})
        size = len(body) + len(orjson.dumps(self.ask.messages))
        kept = KeptCompletion(reply, self.ask.messages, size)
        self.lab.kept.completions.keep(reply["id"], kept, size)

    def _head(self, visit: Named, kind: str) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{visit.token}",
            "object": kind,
            "created": visit.created,
            "model": self.model.asked_as,
            "service_tier": "default",
            "system_fingerprint": _FINGERPRINT,
        }
