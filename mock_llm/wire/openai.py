"""OpenAI's API under /v1: finds the lab, reads the request, hands it to the engine.

Pure ASGI: a framework's routing and validation would cost several times what the answer costs.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from mock_llm import engine
from mock_llm.allowance import REQUESTS_PER_MINUTE, TOKENS_PER_MINUTE
from mock_llm.fault_kinds import CHAT, COMPLETIONS, EMBEDDINGS, MODELS
from mock_llm.job import Job
from mock_llm.lab import Lab
from mock_llm.labs import Labs
from mock_llm.models import Model
from mock_llm.refusals import ClientGone, Refusal
from mock_llm.visit import Visit
from mock_llm.wire import fields
from mock_llm.wire.asgi import Receive, Scope, Send
from mock_llm.wire.connection import Connection
from mock_llm.wire.openai_chat_request import read_chat
from mock_llm.wire.openai_completions import read_completion
from mock_llm.wire.openai_embeddings import read_embedding
from mock_llm.wire.openai_errors import error_body, status_of
from mock_llm.wire.openai_models import models_body
from mock_llm.wire.openai_request import note_sender

MOST_BYTES = 16 * 1024 * 1024
_POSTED = frozenset((CHAT, COMPLETIONS, EMBEDDINGS))
_JSON = b"application/json"
_LIMITS = (
    (b"x-ratelimit-limit-requests", str(REQUESTS_PER_MINUTE).encode()),
    (b"x-ratelimit-limit-tokens", str(TOKENS_PER_MINUTE).encode()),
)
if TYPE_CHECKING:
    from mock_llm.answers import KnowledgePack

_log = logging.getLogger("mock_llm")


class OpenAI:
    """The API for the labs of one server."""

    def __init__(self, labs: Labs, models: Mapping[str, Model]) -> None:
        self._labs = labs
        self._models = models

    @cached_property
    def _pack(self) -> "KnowledgePack":
        return _shipped_pack()

    def warm_up(self) -> None:
        """Load what the first request would wait for."""
        from mock_llm import tokens

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
        visit = lab.arrive(_endpoint(line.path))
        _note_headers(visit, line)
        line.make_headers = lambda tokens: _headers(lab, visit, tokens)
        try:
            await self._answer(lab, visit, line, refused)
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
        self, lab: Lab, visit: Visit, line: Connection, refused: Refusal | None
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
        path = line.path
        if path in _POSTED:
            _allow(line, "POST")
            request = fields.parse(visit.body)
            named = request.get("model")
            visit.model = named if isinstance(named, str) and named in self._models else None
            visit.stream = request.get("stream") is True
            note_sender(visit, request, _text(line, b"x-feature"))
            await engine.run(lab, visit, self._job(path, request), line)
        elif path == MODELS or path.startswith(f"{MODELS}/"):
            _allow(line, "GET")
            body = models_body(self._models, path[len(MODELS) + 1 :] or None)
            await engine.run_without_model(lab, visit, body, line)
        else:
            raise Refusal("unknown_url", f"Invalid URL ({line.method} {path})")

    def _job(self, path: str, request: Mapping[str, Any]) -> Job:
        if path == CHAT:
            return read_chat(self._models, self._pack, request)
        if path == COMPLETIONS:
            return read_completion(self._models, self._pack, request)
        return read_embedding(self._models, request)


@cache
def _shipped_pack() -> "KnowledgePack":
    """One for all servers in this process: it never changes."""
    from mock_llm.answers import KnowledgePack

    return KnowledgePack.load()


def bearer(headers: Mapping[bytes, bytes]) -> str:
    """The API key in a request's headers; "" if there is none."""
    scheme, _, key = headers.get(b"authorization", b"").partition(b" ")
    return key.strip().decode("latin-1") if scheme.lower() == b"bearer" else ""


def _endpoint(path: str) -> str:
    return MODELS if path.startswith(f"{MODELS}/") else path[:200]


def _allow(line: Connection, method: str) -> None:
    if line.method != method:
        raise Refusal(
            "wrong_method",
            f"Not allowed to {line.method} on {line.path} (HINT: you may need to {method}).",
            headers={"allow": method},
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
    visit.close("error", status)
    own = {name.encode(): value.encode() for name, value in refusal.headers.items()}
    if status == 413:
        own[b"connection"] = b"close"  # the rest of the body is not read
    usual = [pair for pair in _headers(lab, visit, 0) if pair[0] not in own]
    await line.answer(status, _JSON, error_body(refusal), [*usual, *own.items()])


def _headers(lab: Lab, visit: Visit, tokens: int) -> Iterable[tuple[bytes, bytes]]:
    """The headers of every reply."""
    requests_left, tokens_left, reset = lab.allowance.use(lab.clock.wall(), tokens)
    return (
        (b"x-request-id", visit.id.encode()),
        (b"openai-processing-ms", b"%d" % round(visit.elapsed * 1000)),
        (b"openai-version", b"2020-10-01"),
        *_LIMITS,
        (b"x-ratelimit-remaining-requests", b"%d" % requests_left),
        (b"x-ratelimit-remaining-tokens", b"%d" % tokens_left),
        (b"x-ratelimit-reset-requests", b"%ds" % reset),
        (b"x-ratelimit-reset-tokens", b"%ds" % reset),
    )
