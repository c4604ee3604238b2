"""OpenAI's API under /v1: finds the lab, reads the request, hands it to the engine.

Pure ASGI: a framework's routing and validation would cost several times what the answer costs.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING

from mock_llm import engine, without_model
from mock_llm.evidence.keys import short
from mock_llm.evidence.visit import Visit
from mock_llm.lab import Lab
from mock_llm.labs import MOST_UNDERWAY, Labs, too_many_at_once
from mock_llm.model.models import Model
from mock_llm.refusals import ClientGone, Refusal
from mock_llm.wire import fields
from mock_llm.wire.asgi import Receive, Scope, Send
from mock_llm.wire.connection import Connection
from mock_llm.wire.openai.errors import chat_error_event, error_body, status_of
from mock_llm.wire.openai.express import Express
from mock_llm.wire.openai.limits import limit_headers
from mock_llm.wire.openai.objects import Call
from mock_llm.wire.openai.readers import READERS
from mock_llm.wire.openai.request import note_sender
from mock_llm.wire.openai.responses import ResponseJob
from mock_llm.wire.openai.routes import find, methods

MOST_BYTES = 16 * 1024 * 1024
OWNER = "openai"
_JSON = b"application/json"
if TYPE_CHECKING:
    from mock_llm.model.answers import KnowledgePack

_log = logging.getLogger("mock_llm")


class OpenAI:
    """The API for the labs of one server."""

    def __init__(self, labs: Labs, models: Mapping[str, Model]) -> None:
        self._labs = labs
        self._models = {id: model for id, model in models.items() if model.owner == OWNER}
        self.express = Express(labs, self._models, lambda: self._pack)

    @cached_property
    def _pack(self) -> "KnowledgePack":
        return _shipped_pack()

    def warm_up(self) -> None:
        """Load what the first request would wait for."""
        from mock_llm.model import tokens

        tokens.count("")
        _ = self._pack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        line = Connection(scope, receive, send)
        key = bearer(line.headers)
        refused: Refusal | None = None
        try:
            lab = self._labs.open(key)
        except Refusal as refusal:
            lab, refused = self._labs.nobodys, refusal
        else:
            self._labs.remember(line.headers.get(b"authorization", b""), lab, short(key))
        visit = lab.arrive(_endpoint(line.method, line.path), short(key))
        if refused is None and lab.underway > MOST_UNDERWAY:
            refused = too_many_at_once()
        _note_headers(visit, line)
        line.make_headers = lambda tokens: _headers(lab, visit, tokens)
        try:
            await self._answer(lab, visit, line, refused, scope.get("query_string", b""))
        except Refusal as refusal:
            await _refuse(lab, visit, line, refusal)
        except ClientGone as gone:
            visit.close("cancelled", 0)
            if gone.__cause__ is not None:
                raise gone.__cause__ from None
        except asyncio.CancelledError:
            visit.close("cancelled", 0)
            raise
        except Exception as error:
            if visit.is_closed:  # a connection that broke on purpose, or while it was written to
                raise
            _log.exception("a bug in mock_llm: %s %s", line.method, line.path)
            bug = Refusal("server_error", f"mock_llm has a bug ({type(error).__name__}: {error}).")
            await _refuse(lab, visit, line, bug)
        finally:
            line.close()

    async def _answer(
        self,
        lab: Lab,
        visit: Visit,
        line: Connection,
        refused: Refusal | None,
        query_string: bytes,
    ) -> None:
        visit.body = await line.read(MOST_BYTES)
        if refused is not None:
            raise refused
        if lab is self._labs.nobodys:
            raise Refusal(
                "no_key",
                "You didn't provide an API key. Send any key in an Authorization header "
                "(Authorization: Bearer YOUR_KEY); each key opens a lab of its own.",
            )
        if lab.tape is not None:
            from mock_llm.wire.replay import replay

            if await replay(lab, lab.tape, visit, line, query_string, self._models):
                return
        path = line.path
        read = READERS.get(path) if line.method == "POST" else None
        if read is None:
            await self._serve_object(lab, visit, line, query_string)
            return
        request = fields.parse(visit.body)
        named = request.get("model")
        visit.model = named if isinstance(named, str) and named in self._models else None
        visit.stream = request.get("stream") is True
        note_sender(visit, request, _text(line, b"x-feature"))
        job = read(self._models, self._pack, lab, request)
        try:
            await engine.run(lab, visit, job, line)
        except Refusal as refusal:
            if not line.begun:
                raise
            # Too late for a status: an event says it.
            visit.refuse(refusal, 200)
            told = job.error_event if isinstance(job, ResponseJob) else chat_error_event
            await line.push(told(refusal), last=True)

    async def _serve_object(
        self, lab: Lab, visit: Visit, line: Connection, query_string: bytes
    ) -> None:
        """Read or change what the lab keeps."""
        path = line.path
        route, id = find(line.method, path)
        act = route.methods.get(line.method) if route else None
        if route is None or act is None:
            raise _no_way(line.method, path)
        call = Call(lab, visit, line, self._models, self._pack, id, query_string)
        if route.raw is not None and call.asked("stream") == "true":
            await route.raw(call)
            return

        async def send(body: bytes) -> None:
            await line.answer(200, route.kind, body, _headers(lab, visit, 0))

        content = f"{line.method} {path} {len(visit.body)}"
        await without_model.run(lab, visit, content, line, partial(act, call), send)


@cache
def _shipped_pack() -> "KnowledgePack":
    """One for all servers in this process: it never changes."""
    from mock_llm.model.answers import KnowledgePack

    return KnowledgePack.load()


def bearer(headers: Mapping[bytes, bytes]) -> str:
    """The API key in a request's headers; "" if there is none."""
    scheme, _, key = headers.get(b"authorization", b"").partition(b" ")
    return key.strip().decode("latin-1") if scheme.lower() == b"bearer" else ""


def _endpoint(method: str, path: str) -> str:
    """What the journal calls a path."""
    if path in READERS and method == "POST":
        return path
    route, _ = find(method, path)
    return route.endpoint if route else path[:200]


def _no_way(method: str, path: str) -> Refusal:
    """Why a path cannot be taken with a method."""
    allowed = methods(path)
    if not allowed:
        return Refusal("unknown_url", f"Invalid URL ({method} {path[:200]})")
    return Refusal(
        "wrong_method",
        f"Not allowed to {method} on {path[:200]} (HINT: you may need to {' or '.join(allowed)}).",
        headers={"allow": ", ".join(allowed)},
    )


def _note_headers(visit: Visit, line: Connection) -> None:
    """What the official SDK says about itself."""
    retries = line.headers.get(b"x-stainless-retry-count", b"")
    visit.retry_count = int(retries) if retries.isdigit() else 0
    try:
        visit.timeout_s = float(line.headers[b"x-stainless-read-timeout"])
    except (KeyError, ValueError):
        visit.timeout_s = None
    line.timeout_s = visit.timeout_s


def _text(line: Connection, name: bytes) -> str | None:
    value = line.headers.get(name)
    return value.decode("latin-1") if value else None


async def _refuse(lab: Lab, visit: Visit, line: Connection, refusal: Refusal) -> None:
    status = status_of(refusal)
    visit.refuse(refusal, status)
    own = {name.encode(): value.encode() for name, value in refusal.headers.items()}
    if status == 413:
        own[b"connection"] = b"close"  # the rest of the body is not read
    usual = [pair for pair in _headers(lab, visit, 0) if pair[0] not in own]
    await line.answer(status, _JSON, error_body(refusal), [*usual, *own.items()])


def _headers(lab: Lab, visit: Visit, tokens: int) -> Iterable[tuple[bytes, bytes]]:
    """The headers of every reply."""
    return (
        (b"x-request-id", visit.id.encode()),
        (b"openai-processing-ms", b"%d" % round(visit.elapsed * 1000)),
        (b"openai-version", b"2020-10-01"),
        *limit_headers(lab, tokens),
    )
