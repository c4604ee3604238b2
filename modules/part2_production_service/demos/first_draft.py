"""What stood on the page before anybody ran it: four names from nowhere, two calls for no cache.

The lesson lends it one missing piece after the other. Do not copy anything from here.
"""
# ruff: noqa: F821
# mypy: ignore-errors

import asyncio

TIMEOUT_S = 0.2


async def recommend(user_id, query):
    start_time = time.time()

    kept = await cache.get(user_id, query)
    if kept:
        return kept, time.time() - start_time

    try:
        answer = await asyncio.wait_for(get_recommendation(query), TIMEOUT_S)
    except TimeoutError:
        answer = await get_simple_recommendation(query)

    await cache.set(user_id, query, answer)
    return answer, time.time() - start_time
