"""The short way for replies that have to be waited for: the bytes, the moments, who leaves."""

import asyncio
import contextlib
import json
import re
import socket
import time
import uuid

import httpx2
import pytest

from mock_llm import MockLLM
from mock_llm.model.answers import KnowledgePack
from mock_llm.wire.openai.paced import Paced

ASKED = [question.text for question in KnowledgePack.load().questions(n=6, seed=5)]
LONG_WAY = {"X-Mock-Nothing": "1"}  # any header of the mock's own
WHOLE = '"usage"'
_ITS_OWN = re.compile(r"(?<=chatcmpl-)[0-9a-f]{28}|(?<=\"created\":)\d+")


def body(text="Which tent under $300 is waterproof?", **more):
    messages = [{"role": "user", "content": text}]
    return json.dumps({"model": "gpt-6-luna", "messages": messages, **more}).encode()


def post(lab, content):
    return (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {lab.api_key}\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    ).encode() + content


@pytest.fixture
def taken(monkeypatch):
    """Which way each request to the short way went: "at once", "paced" or "long"."""
    ways = []
    from mock_llm.wire.openai.express import Express

    answer = Express.answer

    def noted(self, *arguments):
        reply = answer(self, *arguments)
        ways.append("long" if reply is None else "paced" if type(reply) is Paced else "at once")
        return reply

    monkeypatch.setattr(Express, "answer", noted)
    return ways


@pytest.fixture
def slow(mock, raw, lab):
    """The lab, known by its header, with 30 ms to the first token and 2 ms to each next one."""
    raw.get("/v1/models")
    lab.set_latency(ttft_s=0.03, per_token_s=0.002)
    return lab


def connected(mock):
    host, port = mock.url.removeprefix("http://").split(":")
    handle = socket.create_connection((host, int(port)), timeout=10)
    handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return handle


def read_until(handle, mark, times=1):
    came = b""
    while came.count(mark) < times:
        data = handle.recv(1 << 16)
        assert data, f"the connection was closed after {came!r}"
        came += data
    return came


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"stream": True},
        {"stream": True, "stream_options": {"include_usage": True}},
        {"stream": True, "max_tokens": 1},
        {"stream": True, "reasoning_effort": "low"},
        {"reasoning_effort": "low", "max_completion_tokens": 40},
    ],
)
def test_both_ways_give_the_same_bytes_journal_and_bill(mock, taken, more):
    ways, said, entries, bills = [], [], [], []
    for headers in ({}, LONG_WAY):
        lab = mock.lab(f"sk-{uuid.uuid4().hex}")
        with httpx2.Client(base_url=mock.url, trust_env=False, timeout=30) as client:
            client.headers |= {"Authorization": f"Bearer {lab.api_key}", **headers}
            client.get("/v1/models")
            lab.set_latency(ttft_s=0.004, per_token_s=0.0002)
            lab.set_time_scale(0.5)
            for question in ASKED:
                reply = client.post("/v1/chat/completions", content=body(question, **more))
                said.append(
                    (reply.status_code, sorted(reply.headers), _ITS_OWN.sub("", reply.text))
                )
        ways.append(taken.copy())
        taken.clear()
        assert lab.wait_until_idle()
        entries.append(lab.journal()[1:])
        bills.append(lab.ledger().total_nanodollars)
    assert ways == [["paced"] * len(ASKED), []], "the short way was not taken"
    assert said[: len(ASKED)] == said[len(ASKED) :]
    assert bills[0] == bills[1] > 0
    its_own = ("id", "key", "received_s", "duration_s", "first_token_s", "day")
    for one, other in zip(*entries, strict=True):
        assert (one.first_token_s is None) == (other.first_token_s is None)
        one, other = one.to_dict(), other.to_dict()
        assert {k: v for k, v in one.items() if k not in its_own} == {
            k: v for k, v in other.items() if k not in its_own
        }


@pytest.mark.parametrize("stream", [False, True])
def test_it_comes_when_it_is_due(mock, slow, taken, stream):
    with connected(mock) as handle:
        began = time.monotonic()
        handle.sendall(post(slow, body(stream=stream)))
        first = handle.recv(1 << 16)
        until_first = time.monotonic() - began
        if stream:
            read_until(handle, b"0\r\n\r\n")
        until_last = time.monotonic() - began
    assert taken == ["paced"]
    (entry,) = slow.journal()[1:]
    due = 0.03 + 0.002 * (entry.completion_tokens - 1)
    assert entry.duration_s >= due - 0.002
    assert until_last >= due - 0.002
    assert first.startswith(b"HTTP/1.1 200 OK")
    if stream:
        assert 0.028 <= entry.first_token_s <= until_first
        assert entry.first_token_s < due


def test_who_holds_the_last_byte_finds_it_in_the_journal(mock, slow, taken):
    with connected(mock) as handle:
        for number in range(1, 6):
            handle.sendall(post(slow, body(ASKED[0], stream=True)))
            read_until(handle, b"0\r\n\r\n")
            assert len(slow.journal()) == 1 + number
    assert taken == ["paced"] * 5


@pytest.mark.parametrize("begun", [False, True])
def test_a_client_that_leaves_pays_for_what_was_generated_until_then(mock, slow, taken, begun):
    slow.set_latency(ttft_s=0.02 if begun else 20.0, per_token_s=0.1)
    with connected(mock) as handle:
        handle.sendall(post(slow, body(stream=True)))
        if begun:
            read_until(handle, b"data: ", 3)
        else:
            while not slow.underway:
                time.sleep(0.001)
    assert slow.wait_until_idle(5)
    (entry,) = slow.journal()[1:]
    assert (entry.outcome, entry.status) == ("cancelled", 200 if begun else 0)
    assert taken == ["paced"]
    assert entry.prompt_tokens > 0
    assert 0 < entry.completion_tokens < 10 if begun else entry.completion_tokens == 0
    assert slow.underway == 0


def test_what_is_sent_meanwhile_is_answered_afterwards_and_in_order(mock, slow, taken):
    with connected(mock) as handle:
        handle.sendall(post(slow, body(user="1")))
        read_until(handle, WHOLE.encode())
        handle.sendall(post(slow, body(user="2")))
        second = post(slow, body(user="3"))
        handle.sendall(second[:20])
        time.sleep(0.005)
        handle.sendall(second[20:] + post(slow, body(user="4")))
        read_until(handle, WHOLE.encode(), 3)
    assert [entry.user for entry in slow.journal()[1:]] == ["1", "2", "3", "4"]
    assert "paced" in taken


def test_two_that_come_together_are_not_mixed_up(mock, slow):
    both = post(slow, body(stream=True, user="1")) + post(slow, body(user="2"))
    with connected(mock) as handle:
        handle.sendall(both)
        came = read_until(handle, WHOLE.encode())
    assert came.index(b"data: [DONE]") < came.rindex(b"HTTP/1.1 200 OK")
    assert [entry.user for entry in slow.journal()[1:]] == ["1", "2"]


def test_a_flood_behind_a_slow_reply_is_not_kept(mock, slow):
    slow.set_latency(ttft_s=0.5)
    with connected(mock) as handle:
        handle.sendall(post(slow, body()))
        handle.settimeout(0.3)
        sent, most = 0, 1 << 26
        with contextlib.suppress(TimeoutError):
            while sent < most:
                sent += handle.send(b"\r\n" * (1 << 15))
        assert sent < most, "the server keeps reading"


def test_a_reply_under_way_is_broken_off_and_written_down_when_the_server_stops(taken):
    with MockLLM("instant", seed=7) as mock:
        lab = mock.lab("sk-1")
        with httpx2.Client(base_url=mock.url, trust_env=False) as client:
            client.get("/v1/models", headers={"Authorization": "Bearer sk-1"})
        lab.set_latency(ttft_s=0.01, per_token_s=0.2)
        handle = connected(mock)
        handle.sendall(post(lab, body(stream=True)))
        read_until(handle, b"data: ", 2)
    handle.close()
    assert taken == ["paced"]
    (entry,) = lab.journal()[1:]
    assert (entry.outcome, entry.completion_tokens < 10) == ("cancelled", True)
    assert lab.underway == 0


def test_a_bug_on_the_way_breaks_the_connection_and_nothing_stays_under_way(monkeypatch):
    with MockLLM("instant") as mock:
        lab = mock.lab("sk-1")
        with httpx2.Client(base_url=mock.url, trust_env=False) as client:
            headers = {"Authorization": "Bearer sk-1"}
            client.get("/v1/models", headers=headers)
            lab.set_latency(ttft_s=0.01)
            monkeypatch.setattr("mock_llm.wire.openai.express.limit_lines", lambda *_: 1 / 0)
            with pytest.raises((httpx2.RemoteProtocolError, httpx2.ReadError)):
                client.post("/v1/chat/completions", content=body(), headers=headers)
        assert lab.wait_until_idle(5)


@pytest.mark.anyio
async def test_a_hundred_at_once_are_all_whole(mock, slow, taken, async_client):
    async def one(number):
        stream = await async_client.chat.completions.create(
            model="gpt-6-luna",
            messages=[{"role": "user", "content": ASKED[number % len(ASKED)]}],
            user=str(number),
            stream=True,
        )
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    said = await asyncio.gather(*map(one, range(100)))
    told = {entry.user: entry.answer for entry in slow.journal()[1:]}
    assert {str(number): text for number, text in enumerate(said)} == told
    assert taken.count("paced") == 100
