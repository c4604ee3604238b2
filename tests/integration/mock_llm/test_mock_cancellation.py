"""Clients that leave early: noticed at once, written down once, billed by the stated rule."""

import asyncio
import threading

import httpx2
import openai
import orjson
import pytest

from mock_llm import MockLLM
from mock_llm.app import Application

HI = [{"role": "user", "content": "Tell me about hiking boots."}]


def wait_for(condition):
    """Poll: nothing tells a test that a request has begun."""
    gate = threading.Event()
    for _ in range(500):
        if condition():
            return
        gate.wait(0.01)
    raise AssertionError("it did not happen within 5 s")


def start_asking(raw):
    body = {"model": "gpt-4", "messages": HI}
    thread = threading.Thread(target=lambda: raw.post("/v1/chat/completions", json=body))
    thread.start()
    return thread


def test_a_client_that_leaves_before_the_first_token_pays_for_the_prompt(ask, lab):
    lab.set_latency(ttft_median_s=30)
    with pytest.raises(openai.APITimeoutError):
        ask(timeout=0.2)
    assert lab.wait_until_idle()
    (entry,) = lab.journal()
    assert (entry.status, entry.outcome, entry.fault) == (0, "cancelled", None)
    assert entry.prompt_tokens > 0
    assert entry.completion_tokens == 0
    assert entry.cost_nanodollars == entry.prompt_tokens * 100
    assert entry.duration_s < 20


def test_a_client_that_leaves_later_also_pays_for_what_was_generated_by_then(ask, lab):
    whole = ask(HI[0]["content"], seed=1).usage.completion_tokens
    lab.set_latency(per_token_median_s=0.05)
    with pytest.raises(openai.APITimeoutError):
        ask(HI[0]["content"], seed=1, timeout=0.3)
    assert lab.wait_until_idle()
    entry = lab.journal()[1]
    assert entry.outcome == "cancelled"
    assert 0 < entry.completion_tokens < whole
    assert entry.cost_nanodollars == entry.prompt_tokens * 100 + entry.completion_tokens * 500


def test_closing_a_stream_stops_the_meter(ask, lab):
    whole = ask(HI[0]["content"], seed=1).usage.completion_tokens
    lab.set_latency(per_token_median_s=0.2)
    stream = ask(HI[0]["content"], seed=1, stream=True)
    for _ in range(3):
        next(stream)
    stream.close()
    assert lab.wait_until_idle()
    entry = lab.journal()[1]
    assert (entry.status, entry.outcome, entry.stream) == (200, "cancelled", True)
    assert 1 <= entry.completion_tokens < whole
    assert lab.journal()[0].answer.startswith(entry.answer)
    assert (entry.finish_reason, entry.correct) == (None, None)


def test_a_request_under_way_is_not_in_the_journal_until_it_is_over(mock, lab, raw):
    lab.set_latency(ttft_median_s=0.5)
    body = {"model": "gpt-4", "messages": HI}
    asking = threading.Thread(
        target=raw.post, args=("/v1/chat/completions",), kwargs={"json": body}
    )
    asking.start()
    wait_for(lambda: lab.underway == 1)
    assert lab.journal() == []
    assert not lab.wait_until_idle(timeout_s=0.01)
    asking.join()
    assert [entry.outcome for entry in lab.journal()] == ["ok"]


@pytest.mark.anyio
async def test_a_cancelled_task_is_noticed_by_the_server(async_client, lab):
    lab.set_latency(ttft_median_s=30)
    task = asyncio.create_task(async_client.chat.completions.create(model="gpt-4", messages=HI))
    await asyncio.to_thread(wait_for, lambda: lab.underway == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(lab.wait_until_idle)
    assert [entry.outcome for entry in lab.journal()] == ["cancelled"]


def test_what_was_under_way_when_a_lab_was_reset_leaves_no_trace(mock, lab, raw):
    lab.set_latency(ttft_median_s=0.3)
    body = {"model": "gpt-4", "messages": HI}
    asking = threading.Thread(
        target=raw.post, args=("/v1/chat/completions",), kwargs={"json": body}
    )
    asking.start()
    wait_for(lambda: lab.underway == 1)
    lab.reset()
    asking.join()
    assert lab.wait_until_idle()
    assert lab.journal() == []
    assert lab.ledger().total_nanodollars == 0


def test_a_server_that_stops_breaks_off_what_hangs():
    failures = []
    with MockLLM("instant") as mock:
        lab = mock.lab("sk-a")
        lab.add_fault("hang")

        def hang():
            headers = {"Authorization": "Bearer sk-a"}
            try:
                with httpx2.Client(trust_env=False, headers=headers, timeout=60) as client:
                    client.post(
                        f"{url}/v1/chat/completions", json={"model": "gpt-4", "messages": HI}
                    )
            except httpx2.TransportError as error:
                failures.append(error)

        url = mock.url
        asking = threading.Thread(target=hang)
        asking.start()
        wait_for(lambda: lab.underway == 1)
    asking.join(10)
    assert not asking.is_alive()
    assert len(failures) == 1
    assert [entry.fault for entry in lab.journal()] == ["hang"]


@pytest.mark.anyio
@pytest.mark.parametrize("stream", [False, True])
async def test_a_client_whose_transport_breaks_under_a_write_is_no_bug(caplog, stream):
    app = Application(scenario="instant")
    body = orjson.dumps({"model": "gpt-4", "messages": HI, "stream": stream})
    headers = [(b"authorization", b"Bearer sk-a")]
    scope = {
        "type": "http", "method": "POST", "path": "/v1/chat/completions", "headers": headers,
    }  # fmt: skip
    broken = asyncio.Event()
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive():
        if messages:
            return messages.pop()
        await broken.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        asyncio.get_running_loop().call_soon(broken.set)
        raise RuntimeError("the handler is closed")

    await app(scope, receive, send)
    assert app.labs.open("sk-a").underway == 0
    assert not caplog.records
