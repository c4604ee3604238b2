"""The app without a port: the SDK calls it through httpx's ASGI transport."""

import asyncio

import httpx
import httpx2
import openai
import pytest

from mock_llm import MockLLM

HI = [{"role": "user", "content": "Tell me about hiking boots."}]
PORTLESS = [
    pytest.param((httpx.ASGITransport, httpx.AsyncClient), id="httpx"),
    pytest.param((httpx2.ASGITransport, httpx2.AsyncClient), id="httpx2"),
]


@pytest.fixture(params=PORTLESS)
async def portless(request):
    """The SDK on the app itself, without a port, and the lab."""
    transport, client = request.param
    mock = MockLLM("instant", seed=7)
    async with openai.AsyncOpenAI(
        base_url="http://mock/v1",
        api_key="sk-a",
        max_retries=0,
        http_client=client(transport=transport(app=mock.app)),
    ) as sdk:
        yield sdk, mock.lab("sk-a")


@pytest.mark.anyio
async def test_without_a_port_replies_and_streams_are_parsed(portless):
    sdk, lab = portless
    whole = await sdk.chat.completions.create(model="gpt-4", messages=HI, seed=1)
    text = ""
    async for chunk in await sdk.chat.completions.create(
        model="gpt-4", messages=HI, seed=1, stream=True
    ):
        text += chunk.choices[0].delta.content or ""
    assert text == whole.choices[0].message.content
    assert [entry.outcome for entry in lab.journal()] == ["ok", "ok"]


@pytest.mark.anyio
async def test_without_a_port_failures_look_as_they_do_with_one(portless):
    sdk, lab = portless
    for kind in ("rate_limited", "reset", "hang"):
        lab.add_fault(kind, first=1)
    with pytest.raises(openai.RateLimitError):
        await sdk.chat.completions.create(model="gpt-4", messages=HI)
    with pytest.raises(openai.APIConnectionError):
        await sdk.chat.completions.create(model="gpt-4", messages=HI)
    with pytest.raises(openai.APIConnectionError):
        await sdk.chat.completions.create(model="gpt-4", messages=HI, timeout=0.1)
    lab.set_latency(ttft_median_s=30)
    with pytest.raises(openai.APIConnectionError):
        await sdk.chat.completions.create(model="gpt-4", messages=HI, timeout=0.1)
    assert [(entry.outcome, entry.fault) for entry in lab.journal()] == [
        ("fault", "rate_limited"),
        ("fault", "reset"),
        ("fault", "hang"),
        ("cancelled", None),
    ]


@pytest.mark.anyio
async def test_without_a_port_a_deadline_cancels_a_hanging_request(portless):
    sdk, lab = portless
    lab.add_fault("hang")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await sdk.chat.completions.create(model="gpt-4", messages=HI)
    assert [entry.fault for entry in lab.journal()] == ["hang"]


@pytest.mark.anyio
async def test_without_a_port_a_stream_may_break_in_the_middle(portless):
    sdk, lab = portless
    lab.add_fault("stream_cut", abort=1)
    with pytest.raises(openai.APIConnectionError):
        await sdk.chat.completions.create(model="gpt-4", messages=HI, stream=True)
    assert lab.journal()[0].fault == "stream_cut"


@pytest.mark.anyio
async def test_without_a_port_bodies_and_streams_break_as_they_do_with_one(portless):
    sdk, lab = portless

    async def ask(**more):
        return await sdk.chat.completions.create(model="gpt-4", messages=HI, **more)

    own = {"extra_headers": {"X-Mock-Fault": "body_cut"}}
    with pytest.raises(openai.APIConnectionError):
        await ask(**own)
    lab.add_fault("stream_error", times=1)
    with pytest.raises(openai.APIError, match="The server had an error"):
        [chunk async for chunk in await ask(stream=True)]
    lab.add_fault("trickle", times=1, every_s=0.001)
    assert (await ask()).choices
    lab.set_limits(requests_per_minute=1)
    assert (await ask()).choices
    with pytest.raises(openai.RateLimitError):
        await ask()
    assert [entry.status for entry in lab.journal()] == [200, 200, 200, 200, 429]
