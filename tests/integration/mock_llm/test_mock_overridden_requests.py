"""One request brings a fault or a latency of its own, and the lab's do not mix with it."""

import time

import httpx2
import openai
import pytest

from mock_llm import MockLLM

HI = [{"role": "user", "content": "hi"}]


@pytest.fixture
def call(client):
    def call(**more):
        return client.chat.completions.create(model="gpt-6-luna", messages=HI, **more)

    return call


def test_a_header_lets_one_request_fail_and_no_other(call, lab):
    with pytest.raises(openai.InternalServerError) as caught:
        call(extra_headers={"X-Mock-Fault": "unavailable; retry_after_s=2"})
    assert caught.value.response.headers["retry-after-ms"] == "2000"
    assert call().choices
    assert [entry.fault for entry in lab.journal()] == ["unavailable", None]


def test_the_query_lets_one_request_fail_as_well(call, lab):
    with pytest.raises(openai.RateLimitError):
        call(extra_query={"mock_fault": "rate_limited; retry_after_s=0.5"})
    assert call(extra_query={"other": "1"}).choices
    assert lab.journal()[0].fault == "rate_limited"


def test_what_the_request_says_replaces_the_labs_faults_which_do_not_count_it(call, lab):
    lab.add_fault("server_error", first=1)
    assert call(extra_headers={"X-Mock-Fault": "none"}).choices
    reply = call(extra_headers={"X-Mock-Fault": "truncated; max_tokens=2"})
    assert reply.usage.completion_tokens == 2
    with pytest.raises(openai.InternalServerError):
        call()
    assert call().choices


def test_a_latency_by_header_replaces_the_labs_whole(call, lab):
    lab.set_latency(ttft_s=30, per_token_s=30, creep=[{"at_s": 0, "factor": 100}])
    assert call(extra_headers={"X-Mock-Latency": "none"}, timeout=5).choices
    started = time.monotonic()
    assert call(extra_headers={"X-Mock-Latency": "ttft_s=0.2"}, timeout=5).choices
    assert time.monotonic() - started >= 0.2
    with pytest.raises(openai.APITimeoutError):
        call(timeout=0.2)


def test_an_admin_call_is_stronger_than_the_scenario_and_weaker_than_the_request(call, lab):
    lab.set_scenario({"faults": [{"kind": "server_error"}], "latency": {"default": {"ttft_s": 9}}})
    with pytest.raises(openai.InternalServerError):
        call()
    lab.replace_faults([])
    lab.set_latency()
    assert call(timeout=5).choices
    with pytest.raises(openai.AuthenticationError):
        call(extra_headers={"X-Mock-Fault": "unauthorized"})
    lab.set_scenario({"faults": [{"kind": "server_error"}]})
    with pytest.raises(openai.InternalServerError):
        call()


def test_every_endpoint_takes_the_header(client, raw, lab):
    fail = {"X-Mock-Fault": "overloaded"}
    with pytest.raises(openai.InternalServerError):
        client.embeddings.create(model="text-embedding-3-small", input="a", extra_headers=fail)
    with pytest.raises(openai.InternalServerError):
        client.models.list(extra_headers=fail)
    with pytest.raises(openai.InternalServerError):
        client.responses.create(model="gpt-6-luna", input="hi", extra_headers=fail)
    assert {entry.fault for entry in lab.journal()} == {"overloaded"}


@pytest.mark.parametrize(
    ("headers", "complaint"),
    [
        ({"X-Mock-Fault": "explode"}, "X-Mock-Fault: 'explode' is none of rate_limited"),
        ({"X-Mock-Fault": "hang; for_s=x"}, "X-Mock-Fault: for_s: expected a number, got 'x'"),
        ({"X-Mock-Fault": "stall"}, "X-Mock-Fault: stall strikes only a request that streams"),
        ({"X-Mock-Latency": "ttft=1"}, "X-Mock-Latency: ttft: is not a setting"),
        ({"X-Mock-Latency": "ttft_s=\xff"}, "X-Mock-Latency: ttft_s: expected a number"),
    ],
)
def test_a_mistake_gets_a_400_that_says_what_is_wrong(raw, lab, headers, complaint):
    coded = [(name, value.encode("latin-1")) for name, value in headers.items()]
    body = {"model": "gpt-6-luna", "messages": HI}
    reply = raw.post("/v1/chat/completions", json=body, headers=httpx2.Headers(coded))
    assert reply.status_code == 400
    error = reply.json()["error"]
    assert error["message"].startswith(complaint)
    assert (error["type"], error["param"]) == ("invalid_request_error", next(iter(headers)))
    (entry,) = lab.journal()
    assert (entry.outcome, entry.fault, entry.cost_nanodollars) == ("error", None, 0)


def test_a_mistake_in_the_query_gets_a_400_too(raw):
    body = {"model": "gpt-6-luna", "messages": HI}
    reply = raw.post("/v1/chat/completions?mock_fault=%ff%00&mock_latency=", json=body)
    assert reply.status_code == 400
    assert reply.json()["error"]["message"].startswith("X-Mock-Fault: ")


def test_where_there_is_an_admin_token_nobody_takes_the_faults_away_without_it():
    token = "letmein"  # noqa: S105
    with MockLLM("instant", admin_token=token) as guarded:
        lab = guarded.lab("sk-a")
        lab.add_fault("server_error")
        headers = {"Authorization": "Bearer sk-a"}
        body = {"model": "gpt-6-luna", "messages": HI}
        with httpx2.Client(base_url=guarded.base_url, headers=headers, trust_env=False) as plain:

            def status(**more):
                return plain.post("/chat/completions", json=body, **more).status_code

            none = {"X-Mock-Fault": "none"}
            assert status(headers=none) == 403
            assert status(headers=none | {"X-Admin-Token": token[:-1]}) == 403
            assert status(headers={"X-Mock-Latency": "none"}) == 403
            assert status(params={"mock_fault": "none"}) == 403
            assert status(headers=none | {"X-Admin-Token": token}) == 200
            assert status() == 500
