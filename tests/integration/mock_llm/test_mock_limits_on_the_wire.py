"""Limits as a client of the API meets them: headers that are true, 429s that say how long."""

import threading
import time

import openai
import pytest

from mock_llm.yamlfile import SettingError

HI = [{"role": "user", "content": "hi"}]


@pytest.fixture
def call(client):
    """Ask, and give the raw reply."""

    def call(**more):
        given = {"model": "gpt-6-luna", "messages": HI} | more
        return client.chat.completions.with_raw_response.create(**given)

    return call


@pytest.fixture
def frozen(lab):
    lab.freeze_clock()
    return lab


def test_limits_that_nobody_set_are_shown_and_said_not_to_be_enforced(call, frozen):
    headers = call().headers
    assert headers["x-mock-limits"] == "shown"
    assert headers["x-ratelimit-limit-requests"] == "10000"
    assert headers["x-ratelimit-limit-tokens"] == "2000000"
    assert headers["x-ratelimit-remaining-requests"] == "9999"
    assert headers["x-ratelimit-reset-requests"] == "6ms"


def test_what_is_left_falls_with_every_request_and_comes_back_with_time(call, frozen):
    frozen.set_limits(requests_per_minute=6)
    left = [call().headers["x-ratelimit-remaining-requests"] for _ in range(3)]
    assert left == ["5", "4", "3"]
    headers = call().headers
    assert headers["x-mock-limits"] == "enforced"
    assert headers["x-ratelimit-limit-requests"] == "6"
    assert headers["x-ratelimit-reset-requests"] == "40s"
    frozen.advance_clock(20)
    assert call().headers["x-ratelimit-remaining-requests"] == "3"


def test_a_429_says_exactly_how_long_to_wait(call, frozen):
    frozen.set_limits(requests_per_minute=7)
    for _ in range(7):
        call()
    frozen.advance_clock(1.0)
    with pytest.raises(openai.RateLimitError) as caught:
        call()
    error = caught.value
    assert (error.type, error.code) == ("requests", "rate_limit_exceeded")
    assert "Limit 7, Used 7, Requested 1" in str(error)
    headers = error.response.headers
    wait = int(headers["retry-after-ms"]) / 1000
    assert (headers["retry-after"], headers["x-ratelimit-remaining-requests"]) == ("8", "0")
    frozen.advance_clock(wait - 0.002)
    with pytest.raises(openai.RateLimitError):
        call()
    frozen.advance_clock(0.002)
    assert call().headers["x-ratelimit-remaining-requests"] == "0"


def test_a_refused_request_costs_nothing_and_is_no_fault(call, frozen):
    frozen.set_limits(requests_per_minute=1)
    call()
    with pytest.raises(openai.RateLimitError):
        call()
    _, refused = frozen.journal()
    assert (refused.status, refused.outcome, refused.fault) == (429, "error", None)
    assert (refused.cost_nanodollars, refused.completion_tokens) == (0, 0)


def test_what_is_refused_does_not_change_what_is_drawn(call, frozen):
    frozen.add_fault("server_error", probability=0.5)

    def outcomes():
        seen = []
        for _ in range(12):
            try:
                seen.append(call().status_code)
            except openai.APIStatusError as error:
                seen.append(error.status_code)
        return seen

    free = outcomes()
    frozen.reset()
    frozen.freeze_clock()
    frozen.add_fault("server_error", probability=0.5)
    frozen.set_limits(requests_per_minute=4)
    limited = []
    for _ in range(3):
        limited += outcomes()[:4]
        frozen.advance_clock(60)
    assert limited == free
    assert {entry.status for entry in frozen.journal()} == {200, 429, 500}


def test_max_tokens_is_charged_on_admission_and_settled_after(call, frozen):
    frozen.set_limits(tokens_per_minute=1000)
    reply = call(max_tokens=900)
    used = reply.parse().usage.total_tokens
    assert reply.headers["x-ratelimit-remaining-tokens"] == str(1000 - used)
    with pytest.raises(openai.RateLimitError) as caught:
        call(max_tokens=1000 - used)
    assert (caught.value.type, caught.value.code) == ("tokens", "rate_limit_exceeded")
    assert "tokens per min (TPM): Limit 1000" in str(caught.value)
    with pytest.raises(openai.RateLimitError, match="Request too large") as caught:
        call(max_tokens=600, n=2)
    assert "retry-after" not in caught.value.response.headers


def test_only_so_many_requests_are_answered_at_the_same_time(ask, lab):
    lab.set_limits(concurrent=1)
    lab.set_latency(ttft_s=0.4)
    first = threading.Thread(target=ask)
    first.start()
    try:
        while not lab.underway:
            time.sleep(0.002)
        with pytest.raises(openai.RateLimitError, match="Too many concurrent requests") as caught:
            ask()
        # Nobody knows when one of the others will be answered.
        assert "retry-after" not in caught.value.response.headers
        assert "retry-after-ms" not in caught.value.response.headers
    finally:
        first.join()
    lab.set_latency()
    assert ask().choices
    assert list(ask(stream=True))
    assert ask().choices


def test_the_sdk_waits_as_it_is_told_and_gets_its_answer(client, lab):
    lab.set_limits(requests_per_minute=600)
    patient = client.with_options(max_retries=3)
    lab.allowances.rest.admit(lab.clock.monotonic(), 0, "x").settle(0)
    for _ in range(598):
        lab.allowances.rest.admit(lab.clock.monotonic(), 0, "x").settle(0)
    for _ in range(6):
        assert patient.chat.completions.create(model="gpt-6-luna", messages=HI).choices
    statuses = [entry.status for entry in lab.journal()]
    assert statuses.count(200) == 6
    assert 429 in statuses


def test_a_failed_request_gives_its_tokens_back(call, frozen):
    frozen.set_limits(tokens_per_minute=1000)
    frozen.add_fault("server_error")
    with pytest.raises(openai.InternalServerError):
        call(max_tokens=900)
    frozen.clear_faults()
    assert int(call().headers["x-ratelimit-remaining-tokens"]) > 900


def test_one_labs_limits_are_nobody_elses(mock, raw, lab):
    lab.set_limits(requests_per_minute=1)
    body = {"model": "gpt-6-luna", "messages": HI}
    stranger = {"Authorization": "Bearer sk-limits-stranger"}
    replies = [raw.post("/v1/chat/completions", json=body).status_code for _ in range(2)]
    assert replies == [200, 429]
    assert raw.post("/v1/chat/completions", json=body, headers=stranger).status_code == 200


def test_no_limits_can_be_set_again(call, frozen):
    frozen.set_limits(requests_per_minute=1)
    call()
    frozen.set_limits()
    assert call().headers["x-mock-limits"] == "shown"


def left(reply):
    return reply.headers["x-ratelimit-remaining-requests"]


def test_each_model_has_its_own_limits_and_shows_them(call, frozen):
    frozen.set_limits(requests_per_minute=9)
    frozen.set_limits(model="gpt-4", requests_per_minute=2)
    assert [left(call(model="gpt-4")), left(call())] == ["1", "8"]
    headers = call(model="gpt-4").headers
    assert headers["x-ratelimit-limit-requests"] == "2"
    with pytest.raises(openai.RateLimitError, match="for gpt-4 on requests per min") as caught:
        call(model="gpt-4")
    headers = caught.value.response.headers
    assert headers["x-ratelimit-limit-requests"] == "2"
    assert (headers["x-ratelimit-remaining-requests"], headers["retry-after"]) == ("0", "30")
    assert left(call()) == "7"


def test_the_limits_of_a_tier_are_shared_by_its_models(call, frozen):
    tiers = {"large": {"requests_per_minute": 3, "concurrent": 2}}
    frozen.set_scenario({"name": "custom", "limits": {"tiers": tiers}})
    assert [left(call(model=each)) for each in ("gpt-4", "gpt-6.1-sol")] == ["2", "1"]
    assert call().headers["x-mock-limits"] == "shown"


def test_a_model_without_limits_of_its_own_is_as_free_as_before(call, frozen):
    frozen.set_limits(model="gpt-4", requests_per_minute=1)
    assert call().headers["x-mock-limits"] == "shown"
    assert call(model="gpt-4").headers["x-mock-limits"] == "enforced"
    frozen.set_limits(model="gpt-4")
    assert call(model="gpt-4").headers["x-mock-limits"] == "shown"


def test_limits_by_model_are_set_from_elsewhere_too(lab, control):
    control.set_limits(tokens_per_minute=500)
    control.set_limits(model="gpt-4", requests_per_minute=2)
    assert control.limits() == lab.limits()
    assert control.limits().models["gpt-4"].requests_per_minute == 2
    assert control.limits().tokens_per_minute == 500
    control.set_limits(requests_per_minute=7)
    assert control.limits().models == {}


def test_limits_for_a_model_that_is_not_there_are_refused(control):
    with pytest.raises(SettingError, match="limits: model: 'gpt-99' is none of"):
        control.set_limits(model="gpt-99", requests_per_minute=2)
    with pytest.raises(SettingError, match="limits: models: 'gpt-99' is none of"):
        control.set_scenario({"name": "x", "limits": {"models": {"gpt-99": {"concurrent": 1}}}})
    with pytest.raises(SettingError, match="limits: tiers: 'huge' is none of"):
        control.set_scenario({"name": "x", "limits": {"tiers": {"huge": {"concurrent": 1}}}})
