"""Where the rings are put together: `uvicorn service.main:build --factory`."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from .answerer import Answerer
from .app import create_app
from .cache import ExactCache, Scope, cache_key, connect
from .config import load_settings
from .fallback import WithFallback
from .llm import ModelClient, build_sdk
from .single_flight import SingleFlight


def share_flights(answerer: Answerer, scope: Scope) -> Answerer:
    """Equal questions under way share one flight, by the same key as in the cache."""
    return SingleFlight(answerer, key=partial(cache_key, scope=scope))


RINGS: list[Callable[[Answerer, Scope], Answerer]] = []
"""What stands between the cache and the large model, innermost first.

Task `stampede` is for afterwards; until it is done everybody flies alone. Then append
`share_flights`.
"""
# YOUR CODE HERE
...


def build() -> FastAPI:
    """The whole service, from the environment and `.env`. Raises `ConfigError`."""
    settings = load_settings()
    sdk = build_sdk(settings)
    redis = connect(settings.redis_url)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await sdk.close()
        await redis.aclose()

    scope = Scope(settings.large_model, settings.prompt_version, settings.catalogue_version)
    large: Answerer = ModelClient(sdk, settings.large_model)
    for ring in RINGS:
        large = ring(large, scope)
    # The cache stands inside the fallback: what the small model says never reaches it.
    large = ExactCache(large, redis, scope, settings.cache_ttl)
    small = ModelClient(sdk, settings.small_model)
    return create_app(WithFallback(large, small), settings, redis=redis, lifespan=lifespan)
