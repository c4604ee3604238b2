"""What a client gets where mock_llm itself has a bug, or its disk is full: status 500, and why."""

import logging

import orjson

from mock_llm.refusals import Refusal
from mock_llm.wire.asgi import App, Message, Receive, Scope, Send

JSON = b"application/json"
_log = logging.getLogger("mock_llm")


def bug(error: Exception, where: str) -> Refusal:
    """The refusal that owns up to an exception that nobody expected; it is logged as well."""
    _log.error("a bug in mock_llm: %s", where, exc_info=error)
    return Refusal("server_error", f"mock_llm has a bug ({type(error).__name__}: {error}).")


def body_of(refusal: Refusal) -> bytes:
    """A body that the clients of both providers read."""
    error = {"message": refusal.message, "type": "server_error", "param": None, "code": None}
    return orjson.dumps({"type": "error", "error": error})


class LastResort:
    """Middleware that makes an exception of a web framework's app a reply."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            body = body_of(bug(error, f"{scope['method']} {scope['path']}"))
            length = str(len(body)).encode()
            headers = [(b"content-type", JSON), (b"content-length", length)]
            await send({"type": "http.response.start", "status": 500, "headers": headers})
            await send({"type": "http.response.body", "body": body})
