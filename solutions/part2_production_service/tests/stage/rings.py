"""Your rings, each served on its own over HTTP around a plain model."""

import asyncio
from functools import partial

from fastapi import FastAPI, Response
from redis.asyncio import Redis
from service.answerer import Answerer, Deadline, Question
from service.errors import ModelError

from stage.plain import LARGE, PlainModel, settings


def serve(answerer: Answerer, seconds: float = 5.0) -> FastAPI:
    """POST /ask {"text": …, …}: the answer as JSON, or 599 and the error's name."""
    app = FastAPI()

    @app.post("/ask")
    async def ask(body: dict[str, object], response: Response) -> dict[str, object]:
        limit = float(body.pop("seconds", seconds))  # type: ignore[arg-type]
        question = Question(**{"user_id": "customer-1", **body})  # type: ignore[arg-type]
        try:
            answer = await answerer.answer(question, Deadline.after(limit))
        except ModelError as error:
            response.status_code = 599
            return {"error": type(error).__name__}
        return {
            "text": answer.text,
            "source": answer.source,
            "cost_nanodollars": answer.cost_nanodollars,
            "degraded": answer.degraded,
        }

    return app


def cache(
    *,
    ttl_s: int = 3600,
    degraded: bool = False,
    scope: dict[str, str] | None = None,
    patient_redis: bool = False,
) -> FastAPI:
    """The exact cache around a plain model; a patient Redis client sets no time limit itself."""
    from service.cache import ExactCache, Scope, connect

    about = {"model": LARGE, "prompt_version": "1", "catalogue_version": "2026-11"} | (scope or {})
    url = settings().redis_url
    redis = Redis.from_url(url) if patient_redis else connect(url)
    return serve(ExactCache(PlainModel(LARGE, degraded=degraded), redis, Scope(**about), ttl_s))


def key_of(question: dict[str, object], scope: dict[str, str] | None = None) -> str:
    """The key that the cache uses for a question."""
    from service.cache import Scope, cache_key

    about = {"model": LARGE, "prompt_version": "1", "catalogue_version": "2026-11"} | (scope or {})
    return cache_key(Question(**{"user_id": "customer-1", **question}), Scope(**about))  # type: ignore[arg-type]


def single_flight() -> FastAPI:
    """The single-flight ring around a plain model, its key the question's text."""
    from service.single_flight import SingleFlight

    return serve(SingleFlight(PlainModel(LARGE), key=lambda question: question.text))


async def hang_up_and_stay(text: str) -> dict[str, object]:
    """Two ask the same; the first hangs up after 0.1 s. What does the second one get?"""
    from service.single_flight import SingleFlight

    ring = SingleFlight(PlainModel(LARGE), key=lambda question: question.text)
    ask = partial(ring.answer, Question(text, "customer-1"))
    first = asyncio.create_task(ask(Deadline.after(5)))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(ask(Deadline.after(5)))
    await asyncio.sleep(0.05)
    first.cancel()
    (outcome,) = await asyncio.gather(second, return_exceptions=True)
    if isinstance(outcome, BaseException):
        return {"error": type(outcome).__name__}
    return {"error": None, "text": outcome.text}
