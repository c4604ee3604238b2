"""What one lab does never shows in another, and chance does not depend on threads."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx2
import openai
import pytest

from mock_llm import ManualClock, MockLLM


def outcomes(mock, threads):
    """What becomes of 120 questions, asked twice each, by so many threads."""
    lab = mock.lab(f"sk-{uuid.uuid4().hex}")
    lab.add_fault("rate_limited", probability=0.2)
    lab.add_fault("server_error", probability=0.2)
    lab.add_fault("truncated", probability=0.2)
    http = httpx2.Client(trust_env=False)
    client = openai.OpenAI(
        base_url=mock.base_url, api_key=lab.api_key, max_retries=0, http_client=http
    )

    def ask(number):
        said = []
        for _ in range(2):
            try:
                reply = client.chat.completions.create(
                    model="gpt-6-luna",
                    messages=[{"role": "user", "content": f"Recommend tent number {number}."}],
                )
                said.append((reply.choices[0].finish_reason, reply.choices[0].message.content))
            except openai.APIStatusError as error:
                said.append((error.status_code, ""))
        return said

    with client, ThreadPoolExecutor(threads) as pool:
        said = list(pool.map(ask, range(120)))
    entries = lab.journal()
    assert len(entries) == 240
    assert len({entry.id for entry in entries}) == 240
    assert lab.ledger().total_nanodollars == sum(entry.cost_nanodollars for entry in entries)
    return said, lab.ledger().total_nanodollars


def test_eight_threads_get_the_same_outcomes_twice_and_the_same_as_one(mock):
    first, bill = outcomes(mock, 8)
    assert outcomes(mock, 8) == (first, bill)
    assert outcomes(mock, 1) == (first, bill)
    ends = {end for said in first for end, _ in said}
    assert ends == {429, 500, "length", "stop"}
    assert any(one != two for one, two in first)


def test_under_concurrency_exactly_the_first_n_and_every_nth_fail(mock, lab, raw):
    lab.add_fault("rate_limited", first=5)
    lab.add_fault("server_error", every=7)
    body = {"model": "gpt-6-luna", "messages": [{"role": "user", "content": "hi"}]}
    with ThreadPoolExecutor(8) as pool:
        replies = pool.map(lambda _: raw.post("/v1/chat/completions", json=body), range(75))
        statuses = [reply.status_code for reply in replies]
    assert statuses.count(429) == 5
    assert statuses.count(500) == 10
    assert statuses.count(200) == 60


def test_another_seed_gives_other_outcomes():
    with MockLLM("instant", seed=1) as one, MockLLM("instant", seed=2) as two:
        assert outcomes(one, 8) != outcomes(two, 8)


def test_one_labs_faults_journal_and_bill_are_nobody_elses(mock, lab, ask):
    other = mock.lab(f"sk-{uuid.uuid4().hex}")
    other.add_fault("unavailable")
    other.set_latency(ttft_median_s=30)
    assert ask().choices
    assert [entry.outcome for entry in lab.journal()] == ["ok"]
    assert other.journal() == []
    assert other.ledger().total_nanodollars == 0
    assert lab.faults() == []


def test_one_labs_questions_do_not_count_as_asked_in_another(mock):
    said = []
    for _ in range(2):
        lab = mock.lab(f"sk-{uuid.uuid4().hex}")
        lab.add_fault("rate_limited", first=1, retry_after_s=0.01)
        http = httpx2.Client(trust_env=False)
        with openai.OpenAI(
            base_url=mock.base_url, api_key=lab.api_key, max_retries=1, http_client=http
        ) as client:
            reply = client.chat.completions.create(
                model="gpt-4", messages=[{"role": "user", "content": "A slogan for a tent."}]
            )
        said.append((reply.choices[0].message.content, reply.id))
    assert said[0][0] == said[1][0]
    assert said[0][1] != said[1][1]


def test_a_reset_starts_over_and_gives_the_same_outcomes_again(lab, ask):
    lab.add_fault("server_error", probability=0.5)
    lab.reset()
    assert lab.faults() == []
    first = [ask("A slogan for a tent.").choices[0].message.content for _ in range(3)]
    lab.reset()
    assert lab.journal() == []
    assert lab.ledger().lines == []
    assert [ask("A slogan for a tent.").choices[0].message.content for _ in range(3)] == first


def test_a_reset_goes_back_to_the_servers_own_scenario():
    own = {"faults": [{"kind": "empty", "first": 1}], "latency": {"default": {"ttft_median_s": 2}}}
    lab = MockLLM(own).lab("sk-a")
    lab.set_scenario("instant")
    assert lab.faults() == []
    lab.reset()
    assert [fault.kind for fault in lab.faults()] == ["empty"]
    assert lab.latency().default.ttft_median_s == 2


def test_times_and_prices_follow_the_labs_clock():
    clock = ManualClock(wall=1_700_000_000.0)
    with MockLLM("instant", clock=clock) as mock:
        http = httpx2.Client(trust_env=False)
        with openai.OpenAI(base_url=mock.base_url, api_key="sk-a", http_client=http) as client:
            lab = mock.lab("sk-a")
            for _ in range(2):
                reply = client.chat.completions.create(
                    model="gpt-4", messages=[{"role": "user", "content": "hi"}]
                )
                clock.advance(90)
    assert reply.created == 1_700_000_090
    assert [entry.received_s for entry in lab.journal()] == [0.0, 90.0]
    assert [entry.duration_s for entry in lab.journal()] == [0.0, 0.0]


def test_a_scenario_with_a_model_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="model: 'gpt-9' is none of"):
        MockLLM({"faults": [{"kind": "hang", "model": "gpt-9"}]})
