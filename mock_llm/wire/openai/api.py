"""OpenAI's API under /v1: finds the lab, reads the request, hands it to the engine.

Pure ASGI: a framework's routing and validation would cost several times what the answer costs.
"""

from collections.abc import Callable, Iterable
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING

from mock_llm import engine, without_model
from mock_llm.evidence.visit import Visit
from mock_llm.lab import Lab
from mock_llm.labs import Labs
from mock_llm.model.models import known_id
from mock_llm.refusals import Refusal
from mock_llm.wire import fields
from mock_llm.wire.asgi import Receive, Scope, Send
from mock_llm.wire.connection import Connection
from mock_llm.wire.openai.errors import chat_error_event, error_body, status_of
from mock_llm.wire.openai.express import Express
from mock_llm.wire.openai.limits import limit_headers
from mock_llm.wire.openai.objects import OWNER, Call
from mock_llm.wire.openai.readers import READERS
from mock_llm.wire.openai.request import note_sender
from mock_llm.wire.openai.responses import ResponseJob
from mock_llm.wire.openai.routes import find, methods
from mock_llm.wire.session import Header, attend, bearer, header

MOST_BYTES = 16 * 1024 * 1024
_JSON = b"application/json"
if TYPE_CHECKING:
    from mock_llm.model.answers import KnowledgePack


class OpenAI:
    """The API for the labs of one server."""

    def __init__(self, labs: Labs) -> None:
        self._labs = labs
        self.express = Express(labs, OWNER, lambda: self._pack)

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
        key, endpoint = bearer(line.headers), _endpoint(line.method, line.path)
        dialect = _Dialect(self, scope.get("query_string", b""))
        await attend(self._labs, key, endpoint, line, dialect, MOST_BYTES)

    async def answer(self, lab: Lab, visit: Visit, line: Connection, dialect: "_Dialect") -> None:
        """Answer a request.

        Raises:
            Refusal: it is wrong, or a fault says so.
            ClientGone: the client left.
        """
        if lab is self._labs.nobodys:
            raise Refusal(
                "no_key",
                "You didn't provide an API key. Send any key in an Authorization header "
                "(Authorization: Bearer YOUR_KEY); each key opens a lab of its own.",
            )
        self._labs.remember(line.headers.get(b"authorization", b""), lab, visit.key)
        if lab.tape is not None:
            from mock_llm.wire.replay import replay

            if await replay(lab, lab.tape, visit, line, dialect.query_string, lab.models_of(OWNER)):
                return
        read = READERS.get(line.path) if line.method == "POST" else None
        if read is None:
            await self._serve_object(lab, visit, line, dialect.query_string)
            return
        request = fields.parse(visit.body)
        named = request.get("model")
        models = lab.models_of(OWNER)
        visit.model = known_id(models, named)
        visit.stream = request.get("stream") is True
        note_sender(visit, request, header(line, b"x-feature"))
        job = read(models, self._pack, lab, request)
        if isinstance(job, ResponseJob):
            dialect.error_event = job.error_event
        await engine.run(lab, visit, job, line)

    async def _serve_object(
        self, lab: Lab, visit: Visit, line: Connection, query_string: bytes
    ) -> None:
        """Read or change what the lab keeps."""
        path = line.path
        route, id = find(line.method, path)
        act = route.methods.get(line.method) if route else None
        if route is None or act is None:
            raise _no_way(line.method, path)
        call = Call(lab, visit, line, lab.models_of(OWNER), self._pack, id, query_string)
        if route.raw is not None and call.asked("stream") == "true":
            await route.raw(call)
            return

        async def send(body: bytes) -> None:
            await line.answer(200, route.kind, body, line.make_headers(0))

        content = f"{line.method} {path} {len(visit.body)}"
        await without_model.run(lab, visit, content, line, partial(act, call), send)


@cache
def _shipped_pack() -> "KnowledgePack":
    """One for all servers in this process: it never changes."""
    from mock_llm.model.answers import KnowledgePack

    return KnowledgePack.load()


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


class _Dialect:
    """How this API speaks, for one request."""

    def __init__(self, api: OpenAI, query_string: bytes) -> None:
        self._api = api
        self.query_string = query_string
        self.error_event: Callable[[Refusal], bytes] = chat_error_event

    async def answer(self, lab: Lab, visit: Visit, line: Connection) -> None:
        await self._api.answer(lab, visit, line, self)

    def headers(self, lab: Lab, visit: Visit, tokens: int) -> Iterable[Header]:
        return (
            (b"x-request-id", visit.id.encode()),
            (b"openai-processing-ms", b"%d" % round(visit.elapsed * 1000)),
            (b"openai-version", b"2020-10-01"),
            *limit_headers(lab, visit.model, tokens),
        )

    async def refuse(self, lab: Lab, visit: Visit, line: Connection, refusal: Refusal) -> None:
        if line.begun:
            visit.refuse(refusal, 200)
            await line.push(self.error_event(refusal), last=True)
            return
        status = status_of(refusal)
        visit.refuse(refusal, status)
        own = {name.encode(): value.encode() for name, value in refusal.headers.items()}
        if status == 413:
            own[b"connection"] = b"close"  # the rest of the body is not read
        usual = [pair for pair in self.headers(lab, visit, 0) if pair[0] not in own]
        await line.answer(status, _JSON, error_body(refusal), [*usual, *own.items()])
