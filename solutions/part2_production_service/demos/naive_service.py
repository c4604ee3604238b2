"""What many of us shipped first. Every line looks reasonable, and the lesson breaks it in six ways.

Do not copy anything from here.
"""

import asyncio
import time
from typing import Any

import openai
from fastapi import FastAPI
from pydantic import BaseModel
from redis.asyncio import Redis

TIMEOUT_S = 2.0
LARGE, SMALL = "gpt-6.1-sol", "gpt-6-luna"


class QueryRequest(BaseModel):
    user_id: str
    query: str
    max_response_length: int | None = 200


class QueryResponse(BaseModel):
    recommendation: str
    cached: bool
    latency_ms: float
    model_used: str


def ask_model(client: openai.OpenAI, model: str, query: str) -> str:
    reply = client.chat.completions.create(
        model=model,
        messages=[{"role": "user", "content": f"Recommend products for: {query}"}],
        max_tokens=200,
    )
    return reply.choices[0].message.content or ""


def create_app(redis: Redis, *, in_threads: bool = False, **client_settings: Any) -> FastAPI:
    app = FastAPI()
    client = openai.OpenAI(**client_settings)

    async def ask(model: str, query: str) -> str:
        if in_threads:  # the repair that is tried first; the lesson looks at what it repairs
            return await asyncio.to_thread(ask_model, client, model, query)
        return ask_model(client, model, query)

    async def get_recommendation(query: str) -> str:
        return await ask(LARGE, query)

    async def get_simple_recommendation(query: str) -> str:
        return await ask(SMALL, query)

    @app.post("/recommend", response_model=QueryResponse)
    async def recommend(request: QueryRequest) -> QueryResponse:
        start_time = time.time()

        # Check cache first
        key = f"{request.user_id}:{request.query}"
        cached_result = await redis.get(key)
        if cached_result:
            return QueryResponse(
                recommendation=cached_result,  # type: ignore[arg-type]  # it is bytes
                cached=True,
                latency_ms=(time.time() - start_time) * 1000,
                model_used="cache",
            )

        # Execute with timeout
        try:
            result = await asyncio.wait_for(get_recommendation(request.query), TIMEOUT_S)
            model_used = LARGE
        except TimeoutError:
            # Fallback to simpler model
            result = await get_simple_recommendation(request.query)
            model_used = SMALL

        # Store in cache
        await redis.set(key, result, ex=3600)
        return QueryResponse(
            recommendation=result,
            cached=False,
            latency_ms=(time.time() - start_time) * 1000,
            model_used=model_used,
        )

    @app.get("/health")
    async def health() -> str:
        return "ok"

    return app
