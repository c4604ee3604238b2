"""Your HTTP side, served around plain models; and the whole service as you put it together."""

from fastapi import FastAPI
from service.answerer import Answerer, Deadline, Question
from service.app import create_app
from service.errors import ServiceError

from stage.plain import LARGE, SMALL, PlainModel, settings


def recommend(*, seconds: float = 5.0, max_tokens: int = 200) -> FastAPI:
    """Your endpoint and your fallback around two plain models."""
    from service.fallback import WithFallback

    answerer = WithFallback(PlainModel(LARGE), PlainModel(SMALL))
    return create_app(answerer, settings(timeout_seconds=seconds, max_tokens=max_tokens))


class _Failing:
    """An answerer that fails as told, counting how often it was asked."""

    def __init__(self, error: ServiceError) -> None:
        self.error = error

    async def answer(self, question: Question, deadline: Deadline) -> object:
        raise self.error


def failing(error: str) -> FastAPI:
    """Your endpoint around an answerer that raises the error of this name (no fallback)."""
    from service import errors

    answerer: Answerer = _Failing(getattr(errors, error)("said by the check"))  # type: ignore[assignment]
    return create_app(answerer, settings())


def failing_primary(error: str) -> FastAPI:
    """Your fallback around a primary that raises the error of this name and a plain backup."""
    from service import errors
    from service.fallback import WithFallback

    primary: Answerer = _Failing(getattr(errors, error)("said by the check"))  # type: ignore[assignment]
    return create_app(WithFallback(primary, PlainModel(SMALL)), settings())


def health(*, redis: bool = True) -> FastAPI:
    """Your health endpoints, with the cache of the settings or with none."""
    from service.cache import connect

    return create_app(
        PlainModel(LARGE), settings(), redis=connect(settings().redis_url) if redis else None
    )


def whole() -> FastAPI:
    """The service as it goes to production: your every file, nothing of ours."""
    from service.main import build

    return build()
