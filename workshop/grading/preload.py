"""What a warm process imports before the first request, by the program that it will run."""

from __future__ import annotations

import contextlib
import importlib
import time
from importlib.util import find_spec

# What submissions use, and what these import late.
WORKER = (
    "openai",
    "openai.resources.chat.completions",
    "httpx",
    "httpx2",
    "fastapi",
    "fastapi.testclient",
    "uvicorn",
    "uvicorn.lifespan.on",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.protocols.http.h11_impl",
    "pydantic_settings",
    "dotenv",
    "redis.asyncio",
    "fakeredis",
    "respx",
    "respx.plugin",
    "anyio.pytest_plugin",
    "anyio._backends._asyncio",
    "encodings.idna",
    "pytest",
    "_pytest.assertion.rewrite",
    "mock_llm",
)
TESTS = (
    "pytest",
    "httpx",
    "redis",
    "fakeredis",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.lifespan.on",
    "anyio._backends._asyncio",
    "mock_llm",
    "workshop.grading.plugin",
)


def preload(names: tuple[str, ...]) -> dict[str, float]:
    """Imports what is installed of `names`; seconds for each. A broken one is left for later."""
    took: dict[str, float] = {}
    for name in names:
        began = time.perf_counter()
        with contextlib.suppress(Exception):
            if find_spec(name.partition(".")[0]) is not None:
                importlib.import_module(name)
                took[name] = time.perf_counter() - began
    return took
