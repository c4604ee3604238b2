"""POST /v1/chat/completions."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from mock_llm.draws import Draw
from mock_llm.faults import Fault
from mock_llm.generation import Ask, Choice, generate
from mock_llm.job import Result
from mock_llm.models import Model
from mock_llm.prices import Usage
from mock_llm.visit import Visit
from mock_llm.wire import openai_chunks
from mock_llm.wire.openai_usage import usage

if TYPE_CHECKING:
    from mock_llm.answers import KnowledgePack

_FINGERPRINT = "fp_mock"


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

    async def work(self, draws: Callable[[int], Draw], fault: Fault | None) -> Result:
        choices, reply = generate(self.pack, self.model, self.ask, draws, fault)
        used = Usage(self.prompt_tokens, sum(choice.tokens for choice in choices))
        return Result(used, choices, reply)

    def body(self, visit: Visit, result: Result) -> bytes:
        return orjson.dumps(
            {
                **self._head(visit, "chat.completion"),
                "choices": [
                    {
                        "index": index,
                        "message": _message(choice),
                        "logprobs": None,
                        "finish_reason": choice.finish_reason,
                    }
                    for index, choice in enumerate(result.choices)
                ],
                "usage": usage(result.usage),
            }
        )

    def events(self, visit: Visit, result: Result) -> Iterator[tuple[int, bytes]]:
        head = self._head(visit, "chat.completion.chunk")
        return openai_chunks.chat_events(head, result, with_usage=self.with_usage)

    def _head(self, visit: Visit, kind: str) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{visit.token}",
            "object": kind,
            "created": visit.created,
            "model": self.model.id,
            "service_tier": "default",
            "system_fingerprint": _FINGERPRINT,
        }


def _message(choice: Choice) -> Mapping[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": choice.text, "refusal": None}
    if choice.calls:
        message["content"] = None
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in choice.calls
        ]
    return message
