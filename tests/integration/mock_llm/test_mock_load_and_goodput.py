"""A provider of limited capacity, as a load test meets it."""

import asyncio
import time

import httpx2
import openai
import pytest

from mock_llm import MockLLM

SERVICE_S = 0.1


@pytest.fixture
async def sender(mock, lab):
    """Sends requests of one lab at the same time; gives how long each took, None if it failed."""
    limits = httpx2.Limits(max_connections=200)
    http = httpx2.AsyncClient(trust_env=False, limits=limits)
    async with openai.AsyncOpenAI(
        base_url=mock.base_url, api_key=lab.api_key, max_retries=0, http_client=http
    ) as sdk:

        async def one(number, patience_s):
            started = time.monotonic()
            content = [{"role": "user", "content": f"question {number}"}]
            try:
                await sdk.chat.completions.create(
                    model="gpt-6-luna", messages=content, timeout=patience_s
                )
            except openai.APIError:
                return None
            return time.monotonic() - started

        async def send(count, patience_s=20.0):
            return await asyncio.gather(*(one(number, patience_s) for number in range(count)))

        yield send


@pytest.mark.anyio
async def test_latency_grows_with_the_load(sender, lab):
    lab.set_latency(ttft_s=SERVICE_S)
    lab.set_load(capacity=2, queue=50)
    took = sorted(await sender(10))
    assert took[0] >= SERVICE_S
    assert took[-1] >= 5 * SERVICE_S
    assert len(lab.journal()) == 10


@pytest.mark.anyio
async def test_a_full_queue_sends_requests_away_at_once(sender, lab):
    lab.set_latency(ttft_s=0.5)
    lab.set_load(capacity=1, queue=2)
    took = await sender(6)
    assert took.count(None) == 3
    refused = [entry for entry in lab.journal() if entry.status == 503]
    assert len(refused) == 3
    assert {entry.cost_nanodollars for entry in refused} == {0}
    assert {entry.outcome for entry in refused} == {"error"}


@pytest.mark.anyio
async def test_who_gives_up_does_not_make_the_queue_shorter(sender, lab):
    lab.set_latency(ttft_s=0.4)
    lab.set_load(capacity=1, queue=50)
    assert await sender(4, patience_s=0.2) == [None] * 4
    (late,) = await sender(1)
    assert late >= 1.2


@pytest.mark.anyio
async def test_the_provider_gives_up_what_waits_too_long(sender, lab):
    lab.set_latency(ttft_s=0.5)
    lab.set_load(capacity=1, queue=50, timeout_s=0.3)
    took = await sender(3)
    assert took.count(None) == 2
    refused = [entry for entry in lab.journal() if entry.status == 503]
    assert all(entry.duration_s > 0.29 for entry in refused)  # two clocks, rounded


@pytest.mark.anyio
async def test_one_labs_load_slows_nobody_else(sender, mock, lab):
    lab.set_latency(ttft_s=0.3)
    lab.set_load(capacity=1, queue=50)
    other = mock.lab(f"{lab.api_key}-other")
    other.set_load(capacity=1, queue=50)
    flood = asyncio.create_task(sender(6))
    await asyncio.sleep(0.05)
    http = httpx2.AsyncClient(trust_env=False)
    async with openai.AsyncOpenAI(
        base_url=mock.base_url, api_key=other.api_key, max_retries=0, http_client=http
    ) as sdk:
        await sdk.chat.completions.create(
            model="gpt-6-luna", messages=[{"role": "user", "content": "hi"}]
        )
    assert not flood.done()
    assert other.journal()[0].duration_s < 1.0
    await flood


@pytest.mark.anyio
async def test_without_waiting_there_is_no_queue(sender, lab):
    lab.set_latency(ttft_s=60)
    lab.set_load(capacity=1)
    lab.set_time_scale(0)
    assert None not in await sender(10)


def test_a_load_that_two_labs_bear_is_not_shared():
    with MockLLM({"load": {"capacity": 1}}) as mock:
        assert mock.lab("sk-a").queue_up(1.0) == (0.0, 1.0)
        assert mock.lab("sk-b").queue_up(1.0) == (0.0, 1.0)
