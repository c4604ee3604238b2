"""A proxy that passes requests on to a provider and writes down what comes back.

Everything goes through as it is, the caller's key included, and nothing waits for the file. What is
written, and what never is, stands in `mock_llm.scripted.recording`. A reply that its client did not
wait for to the end, that broke off, or that is no text, is passed on as far as it came and not
written.
"""

import asyncio
import os
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import orjson

from mock_llm.loopback import is_loopback
from mock_llm.scripted.recording import (
    KEPT_HEADERS,
    Exchange,
    content_of,
    header_line,
    is_recording,
    json_object,
    open_path,
    read_recording,
    without_secrets,
)
from mock_llm.wire.asgi import ABORT, Receive, Scope, Send
from mock_llm.yamlfile import SettingError

if TYPE_CHECKING:
    import httpx

Headers = list[tuple[bytes, bytes]]

MOST_BYTES = 64 * 1024 * 1024
# Headers that belong to one connection, or that we answer for ourselves.
_NOT_PASSED_ON = frozenset(
    (
        b"host",
        b"connection",
        b"keep-alive",
        b"content-length",
        b"transfer-encoding",
        b"accept-encoding",
        b"content-encoding",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"upgrade",
        b"expect",
        b"date",
        b"server",
    )
)
_SECRET_HEADERS = (b"authorization", b"x-api-key", b"api-key", b"cookie")
_IDENTITIES = ("openai-organization", "openai-project", "anthropic-organization-id")


class RecordingFile:
    """Where exchanges are added, a whole line at a time: what is there is always readable.

    Args:
        path: the file; made if it is not there, added to if it is a recording.
        upstream: what is recorded, for the file's first line.

    Raises:
        SettingError: it is something else, or cannot be written.
    """

    def __init__(self, path: Path, upstream: str) -> None:
        self.path = path
        self.written = 0
        try:
            if path.exists() and path.stat().st_size:
                if not is_recording(path):
                    raise SettingError(f"recording {path}: is a file of something else")
                read_recording(path)
                self._end_on_a_whole_line()
                beginning = b""
            else:
                beginning = header_line(upstream)
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            if beginning:
                os.write(self._file, beginning)
        except OSError as error:
            raise SettingError(f"recording {path}: cannot be written ({error.strerror})") from error

    def _end_on_a_whole_line(self) -> None:
        """Leave out a line that a crash left unfinished."""
        content = self.path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            with self.path.open("r+b") as file:
                file.truncate(whole)

    def add(self, exchange: Exchange) -> None:
        line = exchange.line()
        while line:
            line = line[os.write(self._file, line) :]
        self.written += 1

    def close(self) -> None:
        os.close(self._file)


def upstream_of(url: str) -> tuple[str, str]:
    """A provider's base URL without a slash at its end, and its host.

    Raises:
        SettingError: it is no http(s) URL.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingError(f"upstream {url!r}: expected a URL such as https://host/v1")
    return url.rstrip("/"), parts.hostname


class Recorder:
    """The proxy, as an ASGI app.

    Args:
        upstream: the provider's base URL, with /v1 or without, as its SDK takes it.
        file: where exchanges are written.
        note: told in a sentence what becomes of each request.

    Raises:
        SettingError: the upstream is no http(s) URL.
    """

    def __init__(
        self, upstream: str, file: RecordingFile, note: Callable[[str], None] = lambda text: None
    ) -> None:
        self.upstream, host = upstream_of(upstream)
        self._is_local = is_loopback(host)
        self._file = file
        self._note = note
        self._http: httpx.AsyncClient | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"mock_llm records HTTP, not {scope['type']}")
        import httpx

        body = await _read(receive)
        if body is None:
            return
        if self._http is None:
            # A proxy has no business between us and a server on this machine.
            self._http = httpx.AsyncClient(
                timeout=httpx.Timeout(None, connect=15.0), trust_env=not self._is_local
            )
        path, query = str(scope["path"]), scope.get("query_string", b"").decode("latin-1")
        request = self._http.build_request(
            scope["method"],
            self._url(path, query),
            headers=[*_passed_on(scope["headers"]), (b"accept-encoding", b"identity")],
            content=body,
        )
        begun = time.monotonic()
        try:
            response = await self._http.send(request, stream=True)
        except httpx.HTTPError as error:
            cause = str(error) or type(error).__name__
            self._note(f"{scope['method']} {path}: {self.upstream} does not answer ({cause})")
            await _send_error(send, f"{self.upstream} does not answer ({cause}).")
            return
        tape = _Tape(scope["method"], open_path(path, query), body, response, begun)
        try:
            whole = await _unless_gone(receive, self._pass_back(response, tape, send))
        except httpx.HTTPError as error:
            self._note(f"{scope['method']} {path}: broke off, not recorded ({error})")
            if ABORT not in scope.get("extensions", {}):
                raise
            scope["extensions"][ABORT]()
            return
        finally:
            await response.aclose()
        if whole:
            self._write(tape, dict(scope["headers"]))
        else:
            self._note(f"{scope['method']} {path}: the client left, not recorded")

    async def close(self) -> None:
        """Close the connections to the provider."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    def _url(self, path: str, query: str) -> str:
        if self.upstream.endswith("/v1"):
            path = path.removeprefix("/v1")
        return f"{self.upstream}{path}" + (f"?{query}" if query else "")

    async def _pass_back(self, response: "httpx.Response", tape: "_Tape", send: Send) -> None:
        headers = _passed_on((name.lower(), value) for name, value in response.headers.raw)
        await send(
            {"type": "http.response.start", "status": response.status_code, "headers": headers}
        )
        async for part in response.aiter_bytes():
            tape.hear(part)
            await send({"type": "http.response.body", "body": part, "more_body": True})
        tape.end()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _write(self, tape: "_Tape", headers: Mapping[bytes, bytes]) -> None:
        what = f"{tape.method} {tape.path}: {tape.status}"
        exchange = tape.exchange(_secrets(headers, tape.headers))
        if exchange is None:
            self._note(f"{what}, not recorded: the reply is no text")
            return
        self._file.add(exchange)
        self._note(f"{what}, {exchange.duration_s:.2f} s")


class _Tape:
    """What is heard of one reply."""

    def __init__(
        self, method: str, path: str, body: bytes, response: "httpx.Response", begun: float
    ) -> None:
        self.method, self.path, self.body = method, path, body
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self.is_stream = self.headers.get("content-type", "").startswith("text/event-stream")
        self._begun = begun
        self._first_byte_s: float | None = None
        self._duration_s = 0.0
        self._heard = bytearray()
        self._events: list[tuple[float, bytes]] = []

    def hear(self, part: bytes) -> None:
        """Note a part of the reply, and when it came."""
        now = round(time.monotonic() - self._begun, 6)
        if self._first_byte_s is None:
            self._first_byte_s = now
        self._heard += part
        while self.is_stream and (end := _end_of_event(self._heard)):
            self._events.append((now, bytes(self._heard[:end])))
            del self._heard[:end]

    def end(self) -> None:
        self._duration_s = round(time.monotonic() - self._begun, 6)
        if self.is_stream and self._heard:
            self._events.append((self._duration_s, bytes(self._heard)))

    def exchange(self, secrets: list[str]) -> Exchange | None:
        """The exchange without anything secret; None if the reply is no text."""

        def clean(text: str) -> str:
            return without_secrets(text, secrets, is_error=self.status >= 400)

        try:
            body = None if self.is_stream else clean(self._heard.decode("utf-8"))
            events = [(when, clean(said.decode("utf-8"))) for when, said in self._events]
        except UnicodeDecodeError:
            return None
        request = json_object(self.body)
        if request is not None:
            said = without_secrets(orjson.dumps(request).decode(), secrets, is_error=False)
            request = json_object(said.encode())
        return Exchange(
            method=self.method,
            path=self.path,
            content=content_of(self.method, self.path, self.body),
            status=self.status,
            first_byte_s=self._duration_s if self._first_byte_s is None else self._first_byte_s,
            duration_s=self._duration_s,
            request=request,
            headers={
                name: clean(value)
                for name, value in self.headers.items()
                if KEPT_HEADERS.fullmatch(name)
            },
            body=body,
            events=events,
        )


def _end_of_event(heard: bytearray) -> int:
    """Where the first whole event ends; 0 if none is whole."""
    ends = [at + len(mark) for mark in (b"\n\n", b"\r\n\r\n") if (at := heard.find(mark)) >= 0]
    return min(ends, default=0)


def _secrets(asked: Mapping[bytes, bytes], replied: Mapping[str, str]) -> list[str]:
    """What must not be written, as it came: keys with and without their scheme, and identities."""
    given = [asked[name].decode("latin-1") for name in _SECRET_HEADERS if name in asked]
    given += [
        asked[name.encode()].decode("latin-1") for name in _IDENTITIES if name.encode() in asked
    ]
    given += [replied[name] for name in _IDENTITIES if name in replied]
    words = [each.rpartition(" ")[2] for each in given]
    return sorted({each for each in [*given, *words] if len(each) > 3}, key=len, reverse=True)


def _passed_on(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    return [(name, value) for name, value in headers if name not in _NOT_PASSED_ON]


async def _read(receive: Receive) -> bytes | None:
    """The request's body; None if the client left before it was whole."""
    parts = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(parts)


async def _unless_gone(receive: Receive, work: Coroutine[None, None, None]) -> bool:
    """Do the work, unless the client leaves meanwhile: then it is broken off, and not done."""

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    working, watching = asyncio.create_task(work), asyncio.create_task(gone())
    try:
        await asyncio.wait((working, watching), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            await working
        return working.done()
    finally:
        for task in (working, watching):
            task.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


async def _send_error(send: Send, message: str) -> None:
    error = {"message": message, "type": "server_error", "param": None, "code": "upstream"}
    body = orjson.dumps({"type": "error", "error": error})
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 502, "headers": headers})
    await send({"type": "http.response.body", "body": body})
