"""The floor: what uvicorn can do at most. A bare ASGI app that parses and builds JSON with orjson.

    python floor.py --port 8200
    python floor.py --port 8200 --first-s 0.02 --each-s 0.02   # streams at a pace

Nothing is counted, drawn, billed or written down, so no server on uvicorn can be faster.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson
import uvicorn
from answer import ANSWER, PIECES

Message = MutableMapping[str, Any]
_numbers = itertools.count(1)


class Floor:
    """Answers chat completions, whole or as a stream.

    Args:
        first_s: seconds from a request's arrival to its stream's first chunk.
        each_s: seconds between chunks; the k-th is due at first_s + k · each_s after the arrival,
            so that no delay adds to the next. 0 sends the stream at once.
    """

    def __init__(self, first_s: float = 0.0, each_s: float = 0.0) -> None:
        self._first_s = first_s
        self._each_s = each_s

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        arrived = asyncio.get_running_loop().time()
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        request = orjson.loads(body)
        if not request.get("stream"):
            reply = orjson.dumps(_completion(request))
            await _begin(send, b"application/json", (b"content-length", b"%d" % len(reply)))
            await send({"type": "http.response.body", "body": reply})
            return
        await _begin(send, b"text/event-stream")
        if self._each_s:
            await self._paced(request, arrived, send)
        else:
            events = b"".join(_events(request))
            await send({"type": "http.response.body", "body": events})

    async def _paced(
        self, request: Message, arrived: float, send: Callable[[Message], Awaitable[None]]
    ) -> None:
        loop = asyncio.get_running_loop()
        opening, *pieces, end, done = _events(request)
        last = len(pieces) - 1
        for number, piece in enumerate(pieces):
            due = arrived + self._first_s + number * self._each_s
            wait = due - loop.time()
            if wait > 0.0:
                await asyncio.sleep(wait)
            data = opening + piece if number == 0 else piece
            if number == last:
                data += end + done
            await send(
                {"type": "http.response.body", "body": data, "more_body": number < last},
            )


async def _begin(
    send: Callable[[Message], Awaitable[None]], kind: bytes, *more: tuple[bytes, bytes]
) -> None:
    headers = [(b"content-type", kind), *more]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


def _completion(request: Message) -> dict[str, Any]:
    message = {"role": "assistant", "content": ANSWER, "refusal": None}
    return {
        **_head(request, "chat.completion"),
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 20, "completion_tokens": 46, "total_tokens": 66},
    }


def _head(request: Message, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{next(_numbers):016x}",
        "object": kind,
        "created": int(time.time()),
        "model": request["model"],
    }


def _events(request: Message) -> list[bytes]:
    head = _head(request, "chat.completion.chunk")

    def event(delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return b"data: " + orjson.dumps({**head, "choices": [choice]}) + b"\n\n"

    opening = event({"role": "assistant", "content": ""})
    middle = [event({"content": piece}) for piece in PIECES]
    return [opening, *middle, event({}, "stop"), b"data: [DONE]\n\n"]


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description="the floor: bare ASGI and orjson")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--first-s", type=float, default=0.0)
    parser.add_argument("--each-s", type=float, default=0.0)
    options = parser.parse_args()
    uvicorn.run(
        Floor(options.first_s, options.each_s),
        host="127.0.0.1",
        port=options.port,
        log_level="warning",
        access_log=False,
        lifespan="off",
        ws="none",
        backlog=2048,
    )


if __name__ == "__main__":
    main()
