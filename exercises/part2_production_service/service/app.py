"""The HTTP side: requests in, responses out, and the right status code when it goes wrong.

Tasks `recommend` (section 2.2, second half) and `health`.
"""

import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Protocol

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, StringConstraints
from redis.asyncio import Redis

from .answerer import Answerer, Deadline, Question
from .errors import (
    ModelRateLimited,
    ModelTimeout,
    ModelUnavailable,
    RequestRejected,
    ServiceError,
    UnusableAnswer,
)

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None] | AsyncIterator[None]]


class AppSettings(Protocol):
    """The settings that this file needs."""

    max_tokens: int
    timeout_seconds: float


class QueryRequest(BaseModel):
    """A customer's question. `max_response_length` is in tokens."""

    user_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    query: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
    max_response_length: int | None = Field(default=None, ge=1, le=4096)


class QueryResponse(BaseModel):
    """The answer, and how it came about. `latency_ms` is milliseconds inside this service."""

    recommendation: str
    cached: bool
    latency_ms: float
    model_used: str
    degraded: bool


def status_of(error: ServiceError) -> int:
    """The HTTP status that tells the truth about an error.

    504 for a model that did not answer in time; 503 for one that is unavailable or told us to wait;
    502 for one whose answer cannot be used; 500 when the mistake is ours (`RequestRejected`, and
    anything else).
    """
    # YOUR CODE HERE
    raise NotImplementedError()


def create_app(
    answerer: Answerer,
    settings: AppSettings,
    *,
    redis: Redis | None = None,
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """The service over HTTP. It knows HTTP and nothing else: who answers is passed in."""
    app = FastAPI(title="Product recommendations", lifespan=lifespan)  # type: ignore[arg-type]

    @app.post("/recommend")
    async def recommend(request: QueryRequest) -> QueryResponse:
        """Answer one question before the one deadline that the whole request has.

        The deadline is `settings.timeout_seconds` from now. A request without a
        `max_response_length` gets `settings.max_tokens`. Nothing to catch here: see
        `say_what_went_wrong`. The latency is by a clock that never goes back.
        """
        started = time.perf_counter()
        # YOUR CODE HERE
        raise NotImplementedError()
        return QueryResponse(
            recommendation=answer.text,
            cached=answer.source == "cache",
            latency_ms=(time.perf_counter() - started) * 1000,
            model_used=answer.model,
            degraded=answer.degraded,
        )

    @app.exception_handler(ServiceError)
    async def say_what_went_wrong(_: Request, error: ServiceError) -> JSONResponse:
        """One shape for every failure; the details stay in our log, not in the customer's hands."""
        headers = {}
        if isinstance(error, ModelRateLimited) and error.retry_after_s is not None:
            headers["Retry-After"] = str(math.ceil(error.retry_after_s))
        kind = "our_mistake" if isinstance(error, RequestRejected) else type(error).__name__
        return JSONResponse({"error": kind}, status_code=status_of(error), headers=headers)

    @app.get("/health/live")
    async def live() -> dict[str, str]:
        """`{"status": "ok"}` as long as this process can answer: else it should be restarted."""
        # YOUR CODE HERE
        raise NotImplementedError()

    @app.get("/health/ready")
    async def ready() -> dict[str, str]:
        """Whether to send customers here: `{"status": "ok", "cache": "up"}`.

        The service answers without its cache, so a cache that is down (or that nobody configured)
        makes `"cache": "down"` and not another status code. The model is never asked: a probe
        every second from three machines would be 260,000 bills a day.
        """
        # YOUR CODE HERE
        raise NotImplementedError()

    return app
