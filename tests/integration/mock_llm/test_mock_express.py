"""The short way and the long way say, bill and record the same, whatever the bytes come in."""

import json
import re
import socket
import uuid

import httpx2
import pytest

from mock_llm import MockLLM
from mock_llm.model.answers import KnowledgePack

ASKED = [question.text for question in KnowledgePack.load().questions(n=24, seed=5)]
LONG_WAY = {"X-Mock-Latency": "ttft_s=0"}
_ITS_OWN = re.compile(rb'(?<=chatcmpl-)[0-9a-f]{28}|(?<="created":)\d+')


def body(text="Which tent under $300 is waterproof?", **more):
    messages = [{"role": "user", "content": text}]
    return json.dumps({"model": "gpt-6-luna", "messages": messages, **more}).encode()


def post(lab, content, headers=""):
    return (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {lab.api_key}\r\n"
        f"{headers}Content-Length: {len(content)}\r\n\r\n"
    ).encode() + content


class Wire:
    """A connection of which every byte is ours."""

    def __init__(self, mock):
        host, port = mock.url.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=10)

    def send(self, data):
        self.socket.sendall(data)

    def reply(self):
        """(status line, headers, body) of the next reply that says how long it is."""
        came = b""
        while b"\r\n\r\n" not in came:
            came = (came + self._more()).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
        head, _, rest = came.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        headers = dict(line.lower().split(b": ", 1) for line in lines)
        length = int(headers[b"content-length"])
        while len(rest) < length:
            rest += self._more()
        assert len(rest) == length, "bytes of another reply"
        return first, headers, rest

    def rest(self):
        """What comes until the server closes the connection."""
        came = b""
        while data := self.socket.recv(1 << 16):
            came += data
        return came

    def _more(self):
        data = self.socket.recv(1 << 16)
        assert data, "the connection was closed"
        return data


@pytest.fixture
def wire(mock):
    wire = Wire(mock)
    with wire.socket:
        yield wire


@pytest.fixture
def short_ways(mock, monkeypatch):
    """Whether each request to the short way was answered there."""
    taken = []
    express = type(mock.app.express)
    answer = express.answer

    def noted(self, *arguments):
        reply = answer(self, *arguments)
        taken.append(reply is not None)
        return reply

    monkeypatch.setattr(express, "answer", noted)
    return taken


def both_ways(mock, contents):
    """Two labs with the same seed, one served by each way: (replies, journal, ledger)."""
    for headers in ({}, LONG_WAY):
        lab = mock.lab(f"sk-{uuid.uuid4().hex}")
        headers = {"Authorization": f"Bearer {lab.api_key}", "X-Feature": "shop", **headers}
        with httpx2.Client(base_url=mock.url, headers=headers, trust_env=False) as client:
            client.get("/v1/models")  # so that the lab is known by its header
            replies = [client.post("/v1/chat/completions", content=each) for each in contents]
        lab.wait_until_idle()
        yield replies, lab


def same(content):
    return _ITS_OWN.sub(b"*", content)


@pytest.mark.parametrize("more", [{}, {"stream": True}, {"temperature": 0}, {"max_tokens": 9}])
def test_both_ways_give_the_same_replies_headers_journal_and_bill(mock, short_ways, more):
    more = {**more, "user": "ann"}
    contents = [body(text, **more) for text in ASKED] * 3
    if "stream" in more:
        contents += [body(ASKED[0], **more, stream_options={"include_usage": True})] * 2
    (short, a), (long, b) = both_ways(mock, contents)
    assert short_ways == [True] * len(contents), "the short way was not taken"
    for one, other in zip(short, long, strict=True):
        assert (one.status_code, same(one.content)) == (200, same(other.content))
        assert set(one.headers) == set(other.headers)
        assert one.headers["content-type"] == other.headers["content-type"]
        assert one.headers["x-request-id"].startswith("req_")
    named = ("model", "user", "feature", "stream", "status", "outcome", "item", "matched",
             "correct", "answer", "finish_reason", "prompt_tokens", "completion_tokens",
             "cost_nanodollars", "content", "body", "endpoint", "key")  # fmt: skip
    for one, other in zip(a.journal()[1:], b.journal()[1:], strict=True):
        for name in set(named) - {"key"}:
            assert getattr(one, name) == getattr(other, name), name
        assert one.feature == "shop"
        assert one.key.startswith(a.api_key[:8])
    assert a.ledger().total_nanodollars == b.ledger().total_nanodollars > 0


@pytest.mark.parametrize(
    "more",
    [
        {"n": 2},
        {"logprobs": True},
        {"store": True},
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}]},
        {"response_format": {"type": "json_object"}},
    ],
)
def test_what_is_not_plain_takes_the_long_way(mock, lab, raw, short_ways, more):
    raw.get("/v1/models")
    reply = raw.post("/v1/chat/completions", content=body("Answer in json", **more))
    assert (reply.status_code, short_ways) == (200, [False])


@pytest.mark.parametrize(
    "disturb",
    [
        lambda lab: lab.add_fault("unavailable"),
        lambda lab: lab.set_limits(requests_per_minute=1),
        lambda lab: lab.set_limits(model="gpt-6-luna", requests_per_minute=1),
        lambda lab: lab.set_answers({"rules": [{"name": "r", "reply": "by rule"}]}),
        lambda lab: lab.set_budgets([{"dollars": 0}]),
    ],
)
def test_a_lab_that_was_told_to_disturb_is_never_answered_the_short_way(
    lab, raw, short_ways, disturb
):
    raw.get("/v1/models")
    first = raw.post("/v1/chat/completions", content=body())
    disturb(lab)
    again = raw.post("/v1/chat/completions", content=body())
    assert short_ways == [True, False]
    assert same(again.content) != same(first.content) or lab.allowances.enforced


def test_a_request_is_answered_however_its_bytes_arrive(lab, wire, raw):
    raw.get("/v1/models")
    request = post(lab, body())
    for pieces in ([request], [request[:10], request[10:]], [*map(bytes, zip(request))]):
        for piece in pieces:
            wire.send(piece)
        status, headers, reply = wire.reply()
        assert status == b"HTTP/1.1 200 OK"
        assert json.loads(reply)["object"] == "chat.completion"
        assert b"date" in headers
    assert len(lab.journal()) == 4


def test_requests_that_come_together_are_answered_in_order(lab, wire, raw):
    raw.get("/v1/models")
    first, second = post(lab, body(user="1")), post(lab, body(user="2"))
    for together in (first + second, first + second[:30]):
        wire.socket.sendall(together)
        came = b""
        if together is not first + second:
            wire.socket.sendall(second[30:] if len(together) < len(first + second) else b"")
        while came.count(b"HTTP/1.1 200 OK") < 2 or came.count(b'"usage"') < 2:
            came += wire._more()
    assert [entry.user for entry in lab.journal()[1:]] == ["1", "2", "1", "2"]


@pytest.mark.parametrize(
    "wanted", [[1, 2, 3], [2, 1, 1], [1, 1, 2], [1, "no HTTP"], [1, 1, "no HTTP"]]
)
def test_replies_of_both_ways_and_refusals_keep_their_order(lab, wire, raw, wanted):
    raw.get("/v1/models")
    sent = [b"no HTTP\r\n\r\n" if n == "no HTTP" else post(lab, body(n=n)) for n in wanted]
    wire.send(b"".join(sent))
    came, replies = b"", []
    while len(replies) < len(wanted):
        came += wire._more()
        while whole := re.match(
            rb"HTTP/1.1 (\d+).*?\r\ncontent-length: (\d+).*?\r\n\r\n", came, re.S
        ):
            end = whole.end() + int(whole[2])
            if len(came) < end:
                break
            said = json.loads(came[whole.end() : end])
            replies.append(len(said["choices"]) if whole[1] == b"200" else "no HTTP")
            came = came[end:]
    assert replies == wanted


def test_who_says_that_nothing_follows_still_gets_the_reply(lab, wire, raw):
    raw.get("/v1/models")
    wire.send(post(lab, body()))
    wire.socket.shutdown(socket.SHUT_WR)
    assert wire.rest().startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ("Connection: close\r\n", 200),
        ("Expect: 100-continue\r\n", 200),
        ("X-Mock-Fault: oops\r\n", 400),
    ],
)
def test_headers_that_want_more_are_honoured_also_where_others_were_seen(
    lab, wire, raw, headers, status
):
    raw.get("/v1/models")
    wire.send(post(lab, body()))
    wire.reply()
    wire.send(post(lab, body(), headers))
    first, answered, _ = wire.reply()
    assert first.startswith(f"HTTP/1.1 {status}".encode())
    if "close" in headers:
        assert answered[b"connection"] == b"close"
        assert wire.socket.recv(1) == b""


def test_a_body_shorter_or_longer_than_it_says_is_not_taken_for_another(lab, wire, raw):
    raw.get("/v1/models")
    content = body()
    wire.send(post(lab, content))
    wire.reply()
    head = post(lab, content)[: -len(content)]
    wire.send(head + content[:-1])
    wire.send(content[-1:])
    assert wire.reply()[0] == b"HTTP/1.1 200 OK"
    assert len(lab.journal()) == 3


def test_a_key_nobody_has_used_opens_a_lab_of_its_own(mock, wire):
    fresh = [mock.lab(f"sk-{uuid.uuid4().hex}") for _ in range(2)]
    for lab in fresh * 2:
        wire.send(post(lab, body()))
        wire.reply()
    assert [len(lab.journal()) for lab in fresh] == [2, 2]


def test_a_bug_on_the_short_way_is_written_down_and_the_long_way_answers(monkeypatch, caplog):
    with MockLLM("instant") as mock:
        lab = mock.lab("sk-1")
        monkeypatch.setattr("mock_llm.wire.openai.express.limit_lines", lambda *_: 1 / 0)
        with httpx2.Client(base_url=mock.url, trust_env=False) as client:
            headers = {"Authorization": "Bearer sk-1"}
            client.get("/v1/models", headers=headers)
            reply = client.post("/v1/chat/completions", content=body(), headers=headers)
        assert reply.status_code == 200
        assert lab.wait_until_idle()
        assert "a bug in mock_llm, on the short way" in caplog.text
