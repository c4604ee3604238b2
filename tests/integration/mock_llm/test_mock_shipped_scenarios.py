"""What each shipped scenario shows, through the official SDK, on a clock moved by hand.

Nothing here waits for a scenario's minutes: the lab's clock is frozen and advanced, and waits are
scaled down so far that a client's timeout of a minute is a fraction of a second.
"""

import json
from collections import Counter

import openai
import pytest

SCALE = 0.01
PATIENCE_S = 60.0
JSON_FORM = {
    "type": "json_schema",
    "json_schema": {
        "name": "pick",
        "schema": {
            "type": "object",
            "properties": {"product": {"type": "string"}, "price": {"type": "number"}},
            "required": ["product", "price"],
        },
    },
}


@pytest.fixture
def play(lab):
    """Begin a scenario and stop the clock; waits take a share of their time."""

    def play(name, scale=0.0):
        lab.set_scenario(name)
        lab.freeze_clock()
        lab.set_time_scale(scale)

    return play


@pytest.fixture
def outcome(ask, lab):
    """Ask one question; what came of it, and how long it took by the lab's journal."""

    def outcome(number=0, **more):
        try:
            reply = ask(f"Recommend a laptop under ${500 + number}.", timeout=5, **more)
            if more.get("stream"):
                ends = [each.choices[0].finish_reason for each in reply if each.choices]
                return "whole" if ends[-1] else "cut"
        except openai.APITimeoutError:
            return "timeout"
        except openai.APIConnectionError:
            return "broken"
        except openai.APIStatusError as error:
            return error.status_code
        except openai.APIError:
            return "error event"
        except json.JSONDecodeError:
            return "malformed"
        return 200

    return outcome


@pytest.fixture
def outcomes(outcome):
    def outcomes(count, **more):
        return Counter(outcome(number, **more) for number in range(count))

    return outcomes


def test_instant_and_healthy_never_fail(play, outcomes):
    for name in ("instant", "healthy"):
        play(name)
        assert outcomes(15) == {200: 15}


def test_healthy_takes_time_and_limits_nobody(play, ask, lab):
    play("healthy", SCALE)
    lab.resume_clock()
    ask()
    assert lab.journal()[0].duration_s > 0.05 * SCALE
    assert not lab.limits().enforced


def test_latency_creep_grows_from_a_fifth_of_a_second_past_every_timeout(play, ask, lab):
    play("latency-creep", SCALE)
    lab.resume_clock()
    slow = {"timeout": PATIENCE_S * SCALE}

    def took(seed):
        ask(f"question {seed}", max_tokens=1, **slow)
        return lab.journal()[-1].duration_s / SCALE

    early = took(1)
    lab.advance_clock(180)
    late = took(2)
    assert early >= 0.05
    assert late >= 1.0
    lab.advance_clock(130)
    with pytest.raises(openai.APITimeoutError):
        took(3)


def test_cost_explosion_shows_the_same_answers_at_many_times_the_price(play, ask, lab):
    play("cost-explosion")
    replies = []
    for seconds in (0, 60, 120):
        lab.advance_clock(seconds)
        replies.append(ask("Recommend a tent.", seed=1))
    assert len({reply.choices[0].message.content for reply in replies}) == 1
    first, second, third = (reply.usage.completion_tokens for reply in replies)
    assert (second, third) == (4 * first, 12 * first)
    costs = [entry.cost_nanodollars for entry in lab.journal()]
    assert costs == sorted(costs)
    assert costs[2] > 5 * costs[0]
    assert replies[2].usage.completion_tokens_details.reasoning_tokens == 11 * first


def test_rate_limited_refuses_what_comes_too_fast_and_says_until_when(play, outcomes, ask, lab):
    play("rate-limited")
    assert outcomes(25) == {200: 20, 429: 5}
    with pytest.raises(openai.RateLimitError) as caught:
        ask()
    assert caught.value.response.headers["retry-after-ms"] == "3000"
    lab.advance_clock(3)
    assert outcomes(2) == {200: 1, 429: 1}


def test_outage_fails_everything_for_two_minutes(play, outcomes, lab):
    play("outage")
    assert outcomes(10) == {200: 10}
    lab.advance_clock(30)
    during = outcomes(60)
    assert 200 not in during
    assert during[503] > 30
    assert during["broken"] > 2
    lab.advance_clock(119)
    assert 200 not in outcomes(10)
    lab.advance_clock(1)
    assert outcomes(10) == {200: 10}


def test_in_an_outage_some_requests_hang(play, lab, ask):
    play("outage", SCALE)
    lab.advance_clock(60)
    lab.replace_faults([fault for fault in lab.scenario().faults if fault.kind == "hang"])
    lab.freeze_clock()
    assert [fault.setting("for_s") for fault in lab.faults()] == [60]


def test_brownout_is_slow_and_fails_in_part_and_passes(play, outcomes, lab):
    play("brownout")
    assert outcomes(10) == {200: 10}
    models = _models()
    before = lab.pace(models["gpt-4"]).ttft_median_s
    lab.advance_clock(60)
    during = outcomes(100)
    assert 60 < during[200] < 85
    assert during[503] > 12
    assert lab.pace(models["gpt-4"]).ttft_median_s == pytest.approx(6 * before)
    lab.advance_clock(150)
    assert outcomes(10) == {200: 10}
    assert lab.pace(models["gpt-4"]).ttft_median_s == pytest.approx(before)


def test_flaky_json_always_says_200_and_often_not_what_was_asked(play, ask, lab):
    play("flaky-json")
    parsed = Counter()
    for number in range(100):
        text = ask(f"Recommend a tent under ${number + 100}.", response_format=JSON_FORM)
        try:
            json.loads(text.choices[0].message.content)
            parsed["json"] += 1
        except json.JSONDecodeError:
            parsed["other"] += 1
    assert {entry.status for entry in lab.journal()} == {200}
    assert 12 < parsed["other"] < 40
    faults = Counter(entry.fault for entry in lab.journal())
    assert set(faults) == {None, "wrong_format", "truncated", "wrong_value", "empty"}


def test_hallucinating_is_wrong_without_a_sign_and_the_journal_knows(play, ask, lab):
    play("hallucinating")
    for number in range(60):
        assert ask(f"Recommend a tent under ${number + 100}.", model="gpt-6.1-sol").choices
    entries = lab.journal()
    assert {entry.status for entry in entries} == {200}
    spoiled = [entry for entry in entries if entry.fault]
    assert 12 < len(spoiled) < 36
    assert {entry.fault for entry in spoiled} == {"hallucinated_product", "wrong_product"}
    assert {entry.correct for entry in spoiled} == {False}


def test_stream_cuts_breaks_streams_in_every_way_and_leaves_whole_replies_alone(
    play, outcomes, outcome, lab
):
    play("stream-cuts")
    assert outcomes(20) == {200: 20}
    lab.replace_faults([fault for fault in lab.faults() if fault.kind != "stall"])
    streams = outcomes(100, stream=True)
    assert set(streams) == {"whole", "cut", "error event", "malformed"}
    assert 50 < streams["whole"] < 90
    lab.set_scenario("stream-cuts")
    lab.replace_faults([fault for fault in lab.faults() if fault.kind == "stall"])
    assert [fault.probability for fault in lab.faults()] == [0.08]


def test_error_cascade_goes_from_slow_to_429_to_503_and_back(play, outcomes, lab):
    play("error-cascade")
    pace = _models()["gpt-4"]
    usual = lab.pace(pace).ttft_median_s
    assert outcomes(10) == {200: 10}
    lab.advance_clock(59)
    assert outcomes(10) == {200: 10}
    assert lab.pace(pace).ttft_median_s > 3 * usual
    lab.advance_clock(1)
    limited = outcomes(40)
    assert set(limited) == {200, 429}
    assert limited[429] > 15
    lab.advance_clock(59)
    assert 503 not in outcomes(20)
    lab.advance_clock(1)
    down = outcomes(40)
    assert down[503] > 32
    assert 429 not in down
    lab.advance_clock(60)
    recovering = outcomes(40)
    assert 0 < recovering[503] < 16
    lab.advance_clock(30)
    assert outcomes(10) == {200: 10}
    assert lab.pace(pace).ttft_median_s == pytest.approx(usual)


def test_a_noisy_neighbour_takes_the_limits_in_bursts(play, outcomes, lab):
    play("noisy-neighbour")
    for _ in range(2):
        assert outcomes(40) == {200: 40}
        lab.advance_clock(60)
        burst = outcomes(40)
        assert 8 <= burst[200] <= 13
        assert burst[429] == 40 - burst[200]
        lab.advance_clock(60)


def test_a_noisy_neighbour_takes_the_places_in_bursts(play, lab):
    play("noisy-neighbour", 1.0)
    assert [lab.queue_up(1.0)[0] for _ in range(5)] == [0.0] * 5
    lab.set_scenario("noisy-neighbour")
    lab.advance_clock(60)
    waits = [lab.queue_up(1.0)[0] for _ in range(3)]
    assert waits[0] == 0.0
    assert waits[2] > waits[1] > 0.9


def _models():
    from mock_llm.model.models import load_models

    return load_models()
