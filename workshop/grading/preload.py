"""What a warm process imports before the first request, by the program that it will run."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import time
from collections.abc import Callable, Coroutine
from importlib.util import find_spec
from typing import Any

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
    "mock_llm.server",
    "workshop.grading.worker_pytest",
    "workshop.grading.worker_serve",
)
# For a fresh process, which is used once: what nearly every submission needs.
COLD_WORKER = ("openai", "fastapi", "uvicorn", "pydantic_settings", "mock_llm.server")
TESTS = (
    "pytest",
    "httpx",
    "redis",
    "fakeredis",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.lifespan.on",
    "anyio._backends._asyncio",
    "mock_llm.server",
    "mock_llm.serving",
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


def rehearse(*parts: Callable[[], Coroutine[None, None, None]]) -> None:
    """Does once what libraries put off to the first use, without leaving a thread behind.

    What fails here fails again, and is reported, where it is needed.
    """
    for part in parts:
        with contextlib.suppress(Exception):
            asyncio.run(part())


async def ask_the_mock() -> None:
    """The mock loads its shop, its tokenizer and its wire format: half a second."""
    import httpx

    from mock_llm import MockLLM

    mock = MockLLM(scenario="instant")
    mock.app.warm_up()
    question = {"model": "gpt-6-luna", "messages": [{"role": "user", "content": "a tent?"}]}
    transport = httpx.ASGITransport(app=mock.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://mock/v1") as client:
        await client.post(
            "/chat/completions", json=question, headers={"authorization": "Bearer sk-rehearsal"}
        )


async def ask_with_the_sdk() -> None:
    """openai builds its types when the first reply comes."""
    import httpx
    from openai import AsyncOpenAI

    reply = {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "yes"}}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=reply))
    client: Any = httpx.AsyncClient(transport=transport)
    async with AsyncOpenAI(api_key="sk-rehearsal", http_client=client) as sdk:
        await sdk.chat.completions.create(model="m", messages=[{"role": "user", "content": "?"}])


async def ask_an_app() -> None:
    """FastAPI imports pydantic.v1 for the first endpoint that takes a body."""
    import httpx
    from fastapi import FastAPI
    from pydantic import BaseModel

    class Question(BaseModel):
        text: str

    async def echo(question: Question) -> Question:
        return question

    app = FastAPI()
    app.post("/echo")(echo)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
        await client.post("/echo", json={"text": "?"})
