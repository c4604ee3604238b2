"""What one writes in ten minutes: a FastAPI handler with pydantic models, and a constant answer.

python plain_fastapi.py --port 8201
"""

import argparse
import time
import uuid
from collections.abc import AsyncIterator

import uvicorn
from answer import ANSWER, PIECES
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from pydantic import BaseModel


class Message(BaseModel):
    """A message, sent or answered."""

    role: str
    content: str | None = None


class ChatRequest(BaseModel):
    """POST /v1/chat/completions."""

    model: str
    messages: list[Message]
    stream: bool = False


class Choice(BaseModel):
    """One answer."""

    index: int
    message: Message
    finish_reason: str


class Usage(BaseModel):
    """Tokens."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatReply(BaseModel):
    """A whole reply."""

    id: str
    object: str = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: Usage


class Delta(BaseModel):
    """What a chunk adds."""

    role: str | None = None
    content: str | None = None


class ChunkChoice(BaseModel):
    """A chunk of one answer."""

    index: int
    delta: Delta
    finish_reason: str | None = None


class Chunk(BaseModel):
    """A stream's event."""

    id: str
    object: str = "chat.completion.chunk"
    created: int
    model: str
    choices: list[ChunkChoice]


app = FastAPI()


@app.post("/v1/chat/completions", response_model=ChatReply)
async def chat(request: ChatRequest) -> ChatReply | StreamingResponse:
    """Answer, whole or as a stream."""
    id, created = f"chatcmpl-{uuid.uuid4().hex}", int(time.time())
    if request.stream:
        return StreamingResponse(
            _events(id, created, request.model), media_type="text/event-stream"
        )
    message = Message(role="assistant", content=ANSWER)
    words = sum(len((each.content or "").split()) for each in request.messages)
    return ChatReply(
        id=id,
        created=created,
        model=request.model,
        choices=[Choice(index=0, message=message, finish_reason="stop")],
        usage=Usage(prompt_tokens=words, completion_tokens=46, total_tokens=words + 46),
    )


async def _events(id: str, created: int, model: str) -> AsyncIterator[str]:
    def event(delta: Delta, finish: str | None = None) -> str:
        choice = ChunkChoice(index=0, delta=delta, finish_reason=finish)
        chunk = Chunk(id=id, created=created, model=model, choices=[choice])
        return f"data: {chunk.model_dump_json()}\n\n"

    yield event(Delta(role="assistant", content=""))
    for piece in PIECES:
        yield event(Delta(content=piece))
    yield event(Delta(), "stop")
    yield "data: [DONE]\n\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="a plain FastAPI handler")
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)
