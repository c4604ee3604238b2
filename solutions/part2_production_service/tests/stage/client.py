"""Asks your model client, and says what came back and how long it took."""

import asyncio
import os
import time

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
    """All questions at the same moment; each result with its own seconds."""
    sdk = build_sdk(settings())
    client = ModelClient(sdk, model)
    try:
        return list(await asyncio.gather(*(_ask(client, text, seconds) for text in texts)))
    finally:
        await sdk.close()


async def _ask(client: ModelClient, text: str, seconds: float) -> dict[str, object]:
    started = time.perf_counter()
    try:
        answer = await client.answer(Question(text, "customer-1"), Deadline.after(seconds))
    except ServiceError as error:
        outcome: dict[str, object] = {
            "error": type(error).__name__,
            "retry_after_s": getattr(error, "retry_after_s", None),
        }
    else:
        outcome = {
            "error": None,
            "text": answer.text,
            "model": answer.model,
            "cost_nanodollars": answer.cost_nanodollars,
        }
    return outcome | {"seconds": time.perf_counter() - started}


async def ask_in_a_unit_test(usage: dict[str, object]) -> dict[str, object]:
    """One question, answered by respx with this usage; and how long connecting may take."""
    import respx

    os.environ["OPENAI_BASE_URL"] = url = "http://model.test/v1"
    message = {"role": "assistant", "content": "Try the tent."}
    reply = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": LARGE,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": usage,
    }
    with respx.mock(assert_all_called=False) as router:
        route = router.post(f"{url}/chat/completions").respond(json=reply)
        got = await ask("a tent", seconds=2.0)
    sdk = build_sdk(settings())
    connect_s = getattr(sdk.timeout, "connect", sdk.timeout)
    await sdk.close()
    return got | {"seen": route.call_count, "connect_s": connect_s}
