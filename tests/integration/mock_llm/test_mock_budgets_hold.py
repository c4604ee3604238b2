"""No way of asking spends beyond the end of a budget but with its last request."""

import asyncio
import json

import httpx2
import pytest

from mock_llm import ManualClock, MockLLM

LUNA, HAIKU = "gpt-6-luna", "claude-haiku-5-5"
HI = [{"role": "user", "content": "Which tent is light?"}]
ASK = {"model": LUNA, "messages": HI}
MESSAGE = {"model": HAIKU, "max_tokens": 50, "messages": HI}
WAYS = {
    "chat": ("/v1/chat/completions", ASK),
    "chat, streamed": ("/v1/chat/completions", ASK | {"stream": True}),
    "response": ("/v1/responses", {"model": LUNA, "input": "Hi"}),
    "response in the background": (
        "/v1/responses",
        {"model": LUNA, "input": "Hi", "background": True},
    ),
    "compaction": ("/v1/responses/compact", {"model": LUNA, "input": "Hi"}),
    "completion": ("/v1/completions", {"model": "gpt-3.5-turbo-instruct", "prompt": "Hi"}),
    "embedding": ("/v1/embeddings", {"model": "text-embedding-3-small", "input": "tent " * 50}),
    "message": ("/v1/messages", MESSAGE),
    "message, streamed": ("/v1/messages", MESSAGE | {"stream": True}),
}
ways = pytest.mark.parametrize(("path", "body"), WAYS.values(), ids=WAYS.keys())


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def mock(clock):
    with MockLLM("instant", clock=clock) as running:
        yield running


@pytest.fixture
def http(mock, lab):
    headers = {"Authorization": f"Bearer {lab.api_key}", "x-api-key": lab.api_key}
    with httpx2.Client(base_url=mock.url, headers=headers, trust_env=False, timeout=30) as http:
        yield http


def sent(http, path, body):
    """The reply, in the provider's own format."""
    version = {"anthropic-version": "2023-06-01"} if path.startswith("/v1/messages") else {}
    return http.post(path, json=body, headers=version)


def is_out_of_money(reply):
    error = reply.json()["error"]
    if "/messages" in str(reply.request.url):
        return (reply.status_code, error["type"]) == (402, "billing_error")
    return (reply.status_code, error["code"]) == (429, "insufficient_quota")


def spent(lab):
    return lab.ledger().total_nanodollars


@ways
def test_nothing_is_answered_after_the_request_that_spent_a_budget(lab, http, path, body):
    lab.set_budgets([{"dollars": 1e-9}])
    assert sent(http, path, body).status_code == 200
    after_one = spent(lab)
    assert after_one > 0
    for other, asked in WAYS.values():
        assert is_out_of_money(sent(http, other, asked))
    assert spent(lab) == after_one


@pytest.mark.anyio
@ways
async def test_of_requests_at_the_same_time_one_is_the_last(mock, lab, path, body):
    lab.set_latency(ttft_s=0.2)
    lab.set_budgets([{"dollars": 1e-9}])
    headers = {"Authorization": f"Bearer {lab.api_key}", "x-api-key": lab.api_key}
    if path.startswith("/v1/messages"):
        headers["anthropic-version"] = "2023-06-01"
    async with httpx2.AsyncClient(base_url=mock.url, headers=headers, trust_env=False) as http:
        asked = (http.post(path, json=body, timeout=30) for _ in range(12))
        replies = await asyncio.gather(*asked)
    assert sorted(reply.status_code == 200 for reply in replies) == [False] * 11 + [True]
    assert sum(entry.cost_nanodollars > 0 for entry in lab.journal()) == 1


def test_a_conversation_that_goes_on_from_a_response_stops_at_the_budget(lab, http):
    first = sent(http, "/v1/responses", {"model": LUNA, "input": "Which tent is light?"}).json()
    lab.set_budgets([{"dollars": spent(lab) / 1e9}])
    more = {"model": LUNA, "input": "And cheap?", "previous_response_id": first["id"]}
    before = spent(lab)
    assert is_out_of_money(sent(http, "/v1/responses", more))
    assert is_out_of_money(sent(http, "/v1/responses", more | {"background": True}))
    assert is_out_of_money(sent(http, "/v1/responses/compact", more))
    assert spent(lab) == before


def test_counting_tokens_costs_nothing_and_goes_on_without_money(lab, http):
    lab.set_budgets([{"dollars": 0}])
    counted = {"model": HAIKU, "messages": HI}
    assert sent(http, "/v1/messages/count_tokens", counted).json()["input_tokens"] > 0
    assert spent(lab) == 0


def openai_batch(http, count):
    """Start a batch of chat completions; gives the path where it is."""
    lines = [
        {"custom_id": str(n), "method": "POST", "url": "/v1/chat/completions", "body": ASK}
        for n in range(count)
    ]
    content = "\n".join(map(json.dumps, lines)).encode()
    files = {"file": ("in.jsonl", content), "purpose": (None, "batch")}
    made = {
        "input_file_id": http.post("/v1/files", files=files).json()["id"],
        "endpoint": "/v1/chat/completions",
        "completion_window": "24h",
    }
    return f"/v1/batches/{http.post('/v1/batches', json=made).json()['id']}"


def test_the_lines_of_a_batch_stop_at_the_budget(lab, http, clock):
    lab.set_budgets([{"dollars": 1e-9}])
    batch = openai_batch(http, 20)
    clock.advance(120)
    done = http.get(batch).json()
    assert done["status"] == "completed"
    assert done["request_counts"] == {"total": 20, "completed": 1, "failed": 19}
    errors = http.get(f"/v1/files/{done['error_file_id']}/content").text.splitlines()
    codes = {json.loads(line)["response"]["body"]["error"]["code"] for line in errors}
    assert codes == {"insufficient_quota"}
    assert sum(entry.cost_nanodollars > 0 for entry in lab.journal()) == 1


def test_the_requests_of_a_message_batch_stop_at_the_budget(lab, http, clock):
    lab.set_budgets([{"dollars": 1e-9}])
    http.headers["anthropic-version"] = "2023-06-01"
    asked = [{"custom_id": str(n), "params": MESSAGE} for n in range(20)]
    batch = http.post("/v1/messages/batches", json={"requests": asked}).json()["id"]
    clock.advance(120)
    counts = http.get(f"/v1/messages/batches/{batch}").json()["request_counts"]
    assert (counts["succeeded"], counts["errored"]) == (1, 19)
    assert sum(entry.cost_nanodollars > 0 for entry in lab.journal()) == 1


def test_a_batch_that_nobody_looked_at_has_spent_its_budget_when_it_was_due(lab, http, clock):
    lab.set_latency(ttft_s=0.001)
    lab.set_budgets([{"dollars": 1e-9}, {"dollars": 1, "per": "day"}])
    openai_batch(http, 2)
    assert lab.budgets()[0][1] == 1
    clock.advance(120)
    assert is_out_of_money(sent(http, *WAYS["chat"]))
    openai_batch(http, 2)
    clock.advance(86_400)
    today = lab.budgets()[1][1]
    assert today == 10**9, "what was due yesterday is yesterday's"


@pytest.mark.anyio
async def test_batches_and_requests_at_the_same_time_share_a_budget(mock, lab, http, clock):
    lab.set_latency(ttft_s=0.01)  # else the batches are done at once
    lab.set_budgets([{"dollars": 1e-9}])
    batches = [openai_batch(http, 5) for _ in range(4)]
    clock.advance(120)
    headers = {"Authorization": f"Bearer {lab.api_key}"}
    async with httpx2.AsyncClient(base_url=mock.url, headers=headers, trust_env=False) as many:
        await asyncio.gather(
            *(many.get(batch, timeout=30) for batch in batches),
            *(many.post("/v1/chat/completions", json=ASK, timeout=30) for _ in range(8)),
        )
    assert sum(entry.cost_nanodollars > 0 for entry in lab.journal()) == 1
