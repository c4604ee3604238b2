"""Anthropic's API under /v1: finds the lab, reads the request, hands it to the engine.

A request is Anthropic's by its path (/v1/messages…), or by the headers that only its clients send.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING
from uuid import UUID

import orjson

from mock_llm import engine, without_model
from mock_llm.evidence.visit import Visit
from mock_llm.injected.fault_kinds import BILLED, COUNT_TOKENS, MESSAGE_BATCHES, MESSAGES, MODELS
from mock_llm.lab import Lab
from mock_llm.labs import Labs
from mock_llm.model.models import known_id
from mock_llm.refusals import Refusal
from mock_llm.wire.anthropic import batches, fields
from mock_llm.wire.anthropic.batches import ACTS, JSON_LINES, BatchCall, act_for, results
from mock_llm.wire.anthropic.errors import error_body, error_event, invalid, status_of
from mock_llm.wire.anthropic.models import models_body
from mock_llm.wire.anthropic.request import count_body, note_sender, read_message
from mock_llm.wire.anthropic.shelf import Shelves
from mock_llm.wire.asgi import Receive, Scope, Send
from mock_llm.wire.connection import Connection
from mock_llm.wire.session import Header, allow, attend, bearer, header

if TYPE_CHECKING:
    from mock_llm.model.answers import KnowledgePack

OWNER = "anthropic"
MOST_BYTES = 32 * 1024 * 1024
_JSON = b"application/json"
_OWN_HEADERS = (b"anthropic-version", b"x-api-key")


def is_anthropics(scope: Scope) -> bool:
    """Whether a request means this API."""
    path: str = scope["path"]
    if path == MESSAGES or path.startswith(f"{MESSAGES}/"):
        return True
    if path in BILLED:
        return False
    names = _OWN_HEADERS if path == MODELS or path.startswith(f"{MODELS}/") else _OWN_HEADERS[:1]
    return any(name in names for name, _ in scope["headers"])


def served() -> Iterator[tuple[str, str]]:
    """Every method and path that is answered, with {id} for what varies."""
    yield from (("POST", path) for path in (MESSAGES, COUNT_TOKENS))
    yield from batches.served()
    yield from (("GET", path) for path in (MODELS, f"{MODELS}/{{id}}"))


class Anthropic:
    """The API for the labs of one server.

    Args:
        pack: gives what the models know; asked for at the first message.
    """

    def __init__(self, labs: Labs, pack: "Callable[[], KnowledgePack]") -> None:
        self._labs = labs
        self._pack = pack
        self._shelves = Shelves()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        line = Connection(scope, receive, send)
        key = header(line, b"x-api-key") or bearer(line.headers)
        await attend(self._labs, key, _endpoint(line.path), line, _Dialect(self, scope), MOST_BYTES)

    async def answer(self, lab: Lab, visit: Visit, line: Connection, scope: Scope) -> None:
        """Answer a request.

        Raises:
            Refusal: it is wrong, or a fault says so.
            ClientGone: the client left.
        """
        self._check_headers(lab, line)
        if lab.tape is not None:
            from mock_llm.wire.replay import replay

            query = scope.get("query_string", b"")
            if await replay(lab, lab.tape, visit, line, query, lab.models_of(OWNER)):
                return
        path = line.path
        if path == MESSAGES:
            allow(line, "POST")
            request = fields.parse(visit.body)
            self._note(lab, visit, line, request)
            visit.stream = request.get("stream") is True
            models, cache = lab.models_of(OWNER), self._shelves.of(lab).cache
            job = read_message(models, self._pack(), cache, request)
            await engine.run(lab, visit, job, line)
        elif path == COUNT_TOKENS:
            allow(line, "POST")
            request = fields.parse(visit.body)
            self._note(lab, visit, line, request)
            await _send(lab, visit, line, _done(count_body(lab.models_of(OWNER), request)))
        elif path == MESSAGE_BATCHES or path.startswith(f"{MESSAGE_BATCHES}/"):
            await self._about_batches(lab, visit, line, scope)
        elif path == MODELS or path.startswith(f"{MODELS}/"):
            allow(line, "GET")
            id, query = path[len(MODELS) + 1 :] or None, scope.get("query_string", b"")
            await _send(lab, visit, line, _done(models_body(lab.models_of(OWNER), id, query)))
        else:
            raise Refusal("unknown_url", "Not found")

    def _check_headers(self, lab: Lab, line: Connection) -> None:
        if lab is self._labs.nobodys:
            raise Refusal("no_key", "x-api-key header is required")
        if not header(line, b"anthropic-version"):
            raise invalid("anthropic-version: header is required")

    def _note(
        self, lab: Lab, visit: Visit, line: Connection, request: Mapping[str, object]
    ) -> None:
        visit.model = known_id(lab.models_of(OWNER), request.get("model"))
        note_sender(visit, request, header(line, b"x-feature"))

    async def _about_batches(self, lab: Lab, visit: Visit, line: Connection, scope: Scope) -> None:
        rest = line.path[len(MESSAGE_BATCHES) :].split("/")[1:]
        act = act_for(line.method, rest)
        if act is None:
            methods = [method for method, _ in ACTS if act_for(method, rest)]
            if not methods:
                raise Refusal("unknown_url", "Not found")
            allow(line, *dict.fromkeys(methods))
            return
        shelf = self._shelves.of(lab)
        host = header(line, b"host") or "localhost"
        call = BatchCall(
            lab=lab,
            visit=visit,
            batches=shelf.batches,
            models=partial(lab.models_of, OWNER),
            read=lambda params: read_message(
                lab.models_of(OWNER), self._pack(), shelf.cache, params
            ),
            home=f"{scope.get('scheme', 'http')}://{host}{MESSAGE_BATCHES}",
            query=scope.get("query_string", b""),
        )
        id = rest[0] if rest else ""
        kind = JSON_LINES if act is results else _JSON
        await _send(lab, visit, line, lambda: act(call, id), kind)


async def _send(
    lab: Lab, visit: Visit, line: Connection, act: without_model.Act, kind: bytes = _JSON
) -> None:
    """Reply with what `act` gives, unless a fault strikes."""

    async def send(body: bytes) -> None:
        await line.answer(200, kind, body, line.make_headers(0))

    content = f"{line.method} {line.path} {len(visit.body)}"
    await without_model.run(lab, visit, content, line, act, send)


def _done(body: bytes) -> without_model.Act:
    async def act() -> bytes:
        return body

    return act


class _Dialect:
    """How this API speaks, for one request."""

    def __init__(self, api: Anthropic, scope: Scope) -> None:
        self._api = api
        self._scope = scope

    async def answer(self, lab: Lab, visit: Visit, line: Connection) -> None:
        await self._api.answer(lab, visit, line, self._scope)

    def headers(self, lab: Lab, visit: Visit, tokens: int) -> Iterable[Header]:
        allowance, now = lab.allowances.of(visit.model), lab.clock.wall()
        requests_left, tokens_left, requests_s, tokens_s = allowance.use(
            lab.clock.monotonic(), tokens
        )
        return (
            (b"request-id", visit.id.encode()),
            (b"anthropic-organization-id", _organization(lab.api_key)),
            (b"anthropic-ratelimit-requests-limit", b"%d" % allowance.limits.requests_per_minute),
            (b"anthropic-ratelimit-tokens-limit", b"%d" % allowance.limits.tokens_per_minute),
            (b"x-mock-limits", b"enforced" if allowance.enforced else b"shown"),
            (b"anthropic-ratelimit-requests-remaining", b"%d" % requests_left),
            (b"anthropic-ratelimit-requests-reset", _rfc3339(math.ceil(now + requests_s))),
            (b"anthropic-ratelimit-tokens-remaining", b"%d" % tokens_left),
            (b"anthropic-ratelimit-tokens-reset", _rfc3339(math.ceil(now + tokens_s))),
        )

    async def refuse(self, lab: Lab, visit: Visit, line: Connection, refusal: Refusal) -> None:
        status = status_of(refusal)
        if line.begun:
            visit.refuse(refusal, 200)
            await line.push(error_event(refusal, visit.id), last=True)
            return
        visit.refuse(refusal, status)
        own = _own_headers(lab, refusal)
        if status == 413:
            own[b"connection"] = b"close"  # the rest of the body is not read
        usual = [pair for pair in self.headers(lab, visit, 0) if pair[0] not in own]
        body = orjson.dumps(error_body(refusal, visit.id))
        await line.answer(status, _JSON, body, [*usual, *own.items()])


def _own_headers(lab: Lab, refusal: Refusal) -> dict[bytes, bytes]:
    """A refusal's headers, by the names that this API has for them."""
    own = {
        name.encode(): value.encode()
        for name, value in refusal.headers.items()
        if not name.startswith("x-ratelimit-")
    }
    if refusal.reason == "rate_limited":
        wait_s = int(refusal.headers.get("retry-after-ms", "0")) / 1000
        again = _rfc3339(math.ceil(lab.clock.wall() + wait_s))
        own[b"anthropic-ratelimit-requests-remaining"] = b"0"
        own[b"anthropic-ratelimit-requests-reset"] = again
    return own


def _rfc3339(seconds: int) -> bytes:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()


def _organization(api_key: str) -> bytes:
    """One for each lab, the same every time."""
    digest = blake2b(api_key.encode("utf-8", "surrogatepass"), digest_size=16, person=b"mock_org")
    return str(UUID(bytes=digest.digest(), version=4)).encode()


def _endpoint(path: str) -> str:
    for collection in (MODELS, MESSAGE_BATCHES):
        if path.startswith(f"{collection}/"):
            return collection
    return path[:200]
