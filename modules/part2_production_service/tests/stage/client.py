"""Asks your model client, and says what came back."""

import asyncio
import os

from service.answerer import Deadline, Question
from service.errors import ServiceError
from service.llm import ModelClient, build_sdk

from stage.plain import LARGE, settings


async def ask(text: str, *, seconds: float = 5.0, model: str = LARGE) -> dict[str, object]:
    """One question with `seconds` to go."""
    return (await ask_together([text], seconds=seconds, model=model))[0]


async def ask_together(
    texts: list[str], *, seconds: float = 5.0, model: str = LARGE
) -> list[dict[str, object]]:
    """All questions at the same moment."""
    sdk = build_sdk(settings())
    client = ModelClient(sdk, model)
    try:
        return list(await asyncio.gather(*(_ask(client, text, seconds) for text in texts)))
    finally:
        await sdk.close()


async def _ask(client: ModelClient, text: str, seconds: float) -> dict[str, object]:
    try:
        answer = await client.answer(Question(text, "customer-1"), Deadline.after(seconds))
    except ServiceError as error:
        return {
            "error": type(error).__name__,
            "retry_after_s": getattr(error, "retry_after_s", None),
        }
    return {
        "error": None,
        "text": answer.text,
        "model": answer.model,
        "cost_nanodollars": answer.cost_nanodollars,
    }


async def ask_in_a_unit_test(text: str, reply: dict[str, object]) -> dict[str, object]:
    """One question, answered by respx."""
    import respx

    url = os.environ["OPENAI_BASE_URL"]
    with respx.mock(assert_all_called=False) as router:
        router.post(f"{url}/chat/completions").respond(json=reply)
        return await ask(text, seconds=2.0)
