"""What a warm process imports before the first request, by the program that it will run."""

from __future__ import annotations

import asyncio
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
    "mock_llm.serving",
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
    "mock_llm.serving",
    "openai",
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


def rehearse() -> None:
    """Does once what libraries put off to the first use, without leaving a thread behind.

    A question goes through the SDK to the mock in this process, and one through a small FastAPI
    app. What fails here fails again, and is reported, where it is needed.
    """
    for part in (_ask_the_mock, _ask_an_app):
        with contextlib.suppress(Exception):
            asyncio.run(part())


async def _ask_the_mock() -> None:
    import httpx
    from openai import AsyncOpenAI

    from mock_llm import MockLLM

    mock = MockLLM(scenario="instant")
    mock.app.warm_up()
    transport = httpx.ASGITransport(app=mock.app)
    async with AsyncOpenAI(
        api_key="sk-lab-rehearsal",
        base_url="http://mock/v1",
        http_client=httpx.AsyncClient(transport=transport),
    ) as client:
        await client.chat.completions.create(
            model="gpt-6-luna", messages=[{"role": "user", "content": "a tent under $90?"}]
        )


async def _ask_an_app() -> None:
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
