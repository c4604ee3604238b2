"""POST /v1/responses/compact: a conversation in fewer tokens.

What the user said stays as it is; what everybody else said is told in short, in one item that only
this mock can read.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from mock_llm.draws import Draw
from mock_llm.evidence.prices import Usage
from mock_llm.evidence.visit import Visit
from mock_llm.injected.faults import Fault
from mock_llm.job import Result
from mock_llm.model import tokens
from mock_llm.model.generation import Choice
from mock_llm.model.models import Model
from mock_llm.wire.openai.response_items import pack_chat
from mock_llm.wire.openai.responses import usage

Json = Mapping[str, Any]

TOKENS_PER_TURN = 40


@dataclass(slots=True)
class CompactionJob:
    """A compaction; see `mock_llm.job.Job`. What is told in short is paid as output."""

    model: Model
    content: str
    question: str
    chat: Sequence[Json]
    prompt_tokens: int
    stream: bool = False
    wants_json: bool = False
    steady: bool = True

    async def work(self, draws: Callable[[int], Draw], fault: Fault | None) -> Result:
        short = self._in_short()
        count = tokens.count(short)
        return Result(Usage(self.prompt_tokens, count), [Choice(short, count, "stop")])

    def body(self, visit: Visit, result: Result) -> bytes:
        told = {"role": "assistant", "content": result.choices[0].text}
        users = [message for message in self.chat if message["role"] == "user"]
        compacted = {
            "id": f"cmp_{visit.token}",
            "type": "compaction",
            "encrypted_content": pack_chat([told]),
        }
        output = [_user(message, visit.token, n) for n, message in enumerate(users)]
        return orjson.dumps(
            {
                "id": f"resp_{visit.token}",
                "object": "response.compaction",
                "created_at": visit.created,
                "output": [*output, compacted],
                "usage": usage(result.usage),
            }
        )

    def events(self, visit: Visit, result: Result) -> Iterator[tuple[int, bytes]]:
        raise NotImplementedError("compactions are not streamed")

    def _in_short(self) -> str:
        turns = [
            f"{message['role']}: {tokens.cut(message['content'], TOKENS_PER_TURN)}"
            for message in self.chat
            if message["role"] != "user" and isinstance(message.get("content"), str)
        ]
        return "\n".join(["Earlier in this conversation:", *turns])


def _user(message: Json, token: str, number: int) -> Json:
    content = message["content"]
    texts = [content] if isinstance(content, str) else [part.get("text", "") for part in content]
    parts = [{"type": "input_text", "text": text} for text in texts]
    id = f"msg_{token}{number:04d}"
    return {"id": id, "type": "message", "role": "user", "status": "completed", "content": parts}
