"""Bounds the bodies that a web framework would read whole, whatever they are."""

import orjson

from mock_llm.bounded_json import load_json
from mock_llm.refusals import Refusal
from mock_llm.wire.asgi import App, Message, Receive, Scope, Send
from mock_llm.wire.uploads import UPLOADS, Upload

MOST_BYTES = 4 * 1024 * 1024


class TooLarge(Exception):
    """A body of more than `MOST_BYTES` bytes."""


def bounded(app: App, *, takes_json: bool) -> App:
    """The application, spared bodies that are too large.

    Args:
        takes_json: whether bodies are JSON: then it is also spared what orjson does not read or
            write again, such as NaN, halves of characters, and nesting without end.
    """

    async def spared(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await _read(receive)
            if body and takes_json:
                load_json(body)
        except TooLarge:
            said = f"The request body may have at most {MOST_BYTES:,} bytes."
            await _refuse(send, 413, said)
        except Refusal as refusal:
            await _refuse(send, 503, refusal.message)
        except ValueError as error:
            await _refuse(send, 422, f"body: cannot be used: {error}")
        else:
            if body is not None:
                await app(scope, _again(body, receive), send)

    return spared


async def _read(receive: Receive) -> bytes | None:
    """The whole body; None if the client left before it was complete."""
    body = bytearray()
    with Upload(UPLOADS) as upload:
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return None
            part = message.get("body", b"")
            upload.grow(len(part))
            body += part
            if len(body) > MOST_BYTES:
                raise TooLarge
            if not message.get("more_body"):
                return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """A client's messages from the beginning, its body in one piece."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def message() -> Message:
        return first.pop() if first else await receive()

    return message


async def _refuse(send: Send, status: int, message: str) -> None:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": None}
    body = orjson.dumps({"error": error})
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),  # the rest of the body is not read
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
