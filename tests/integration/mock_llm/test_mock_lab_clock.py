"""A lab's clock, frozen and advanced: what follows it, and what does not."""

import time

import openai
import pytest

from mock_llm import MockLLM, SettingError


def test_windows_of_faults_follow_the_clock(ask, lab, control):
    control.freeze_clock()
    control.add_fault("server_error", from_s=10, until_s=20)
    assert ask().choices
    control.advance_clock(10)
    with pytest.raises(openai.InternalServerError):
        ask()
    control.advance_clock(10)
    assert ask().choices


def test_limits_follow_the_clock(ask, lab, control):
    control.freeze_clock()
    control.set_limits(requests_per_minute=1)
    assert ask().choices
    with pytest.raises(openai.RateLimitError):
        ask()
    control.advance_clock(60)
    assert ask().choices


def test_dates_follow_the_clock(ask, lab, control):
    control.freeze_clock()
    before = ask().created
    control.advance_clock(86_400)
    assert ask().created == before + 86_400
    control.resume_clock()
    assert ask().created >= before + 86_400


def test_a_frozen_clock_lets_nobody_hang(ask, lab, control):
    control.freeze_clock()
    control.set_latency(ttft_s=0.2)
    started = time.monotonic()
    assert ask(timeout=10).choices
    assert time.monotonic() - started >= 0.2
    assert lab.journal()[0].duration_s == 0


def test_latency_creeps_by_the_clock_from_when_it_was_set(lab, control):
    control.freeze_clock()
    control.advance_clock(1000)
    control.set_latency(ttft_s=1, creep=[{"at_s": 0, "factor": 1}, {"at_s": 10, "factor": 11}])
    model = next(iter(_models().values()))
    assert lab.pace(model).ttft_median_s == 1
    control.advance_clock(5)
    assert lab.pace(model).ttft_median_s == pytest.approx(6)
    control.set_latency(ttft_s=2, model=model.id)
    assert lab.pace(model).ttft_median_s == 2


def test_a_reset_gives_the_servers_time_back(mock, lab, control):
    control.freeze_clock()
    control.advance_clock(86_400)
    control.set_time_scale(0.5)
    control.reset()
    assert not lab.clock.frozen
    assert lab.clock.ahead_s == pytest.approx(0, abs=0.01)
    assert control.time_scale() == 1.0


def test_one_labs_clock_is_nobody_elses(mock, lab):
    other = mock.lab(f"{lab.api_key}-other")
    lab.freeze_clock()
    lab.advance_clock(1000)
    assert not other.clock.frozen
    assert abs(other.clock.ahead_s) < 1


def test_a_date_beyond_the_calendar_is_refused_and_nothing_else_suffers(ask, lab, control):
    for seconds in (1e12, 9e15):
        with pytest.raises(SettingError, match="clock: seconds: must be between 0 and 1e"):
            control.advance_clock(seconds)
    control.advance_clock(9e8)
    with pytest.raises(SettingError, match="seconds ahead, more than 30 years"):
        control.advance_clock(9e8)
    control.set_budgets([{"dollars": 1, "per": "day"}])
    assert ask().choices
    ((_, left),) = control.budgets()
    assert left > 0


@pytest.mark.parametrize("seconds", [-1, "soon", None])
def test_time_that_is_no_time_is_refused(control, seconds):
    with pytest.raises(SettingError, match="clock: seconds: "):
        control.advance_clock(seconds)


def test_what_is_set_is_what_is_told(lab, control):
    control.set_load(capacity=3, queue=4, neighbours=[{"share": 0.5, "until_s": 9}])
    control.set_limits(concurrent=5)
    control.set_time_scale(0.25)
    assert control.load() == lab.load()
    assert control.load().capacity == 3
    assert control.limits() == lab.limits()
    assert control.limits().concurrent == 5
    assert control.time_scale() == lab.time_scale() == 0.25
    control.set_load()
    control.set_limits()
    assert (control.load().capacity, control.limits().enforced) == (0, False)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda lab: lab.set_load(queue=1), "load: capacity: is missing"),
        (lambda lab: lab.set_limits(concurrent=0), "limits: concurrent: must be at least 1"),
        (lambda lab: lab.set_time_scale(-1), "lab: time_scale: must be 0 or more"),
        (lambda lab: lab.set_latency(ttft_s=1, ttft_max_s=2), "latency: ttft_s: is constant"),
        (lambda lab: lab.add_fault("hang", times=-1), "fault hang: times: must be at least 0"),
    ],
)
def test_mistakes_are_refused_alike_here_and_over_the_wire(control, change, complaint):
    with pytest.raises(SettingError, match=complaint):
        change(control)


def test_the_servers_time_scale_holds_where_a_scenario_does_not_say():
    with MockLLM("instant", time_scale=0.5) as mock:
        lab = mock.lab("sk-a")
        assert lab.time_scale() == 0.5
        lab.set_scenario({"time_scale": 0.1})
        assert lab.time_scale() == 0.1
        lab.set_scenario("healthy")
        assert lab.time_scale() == 0.5


def test_a_server_is_not_started_with_a_time_scale_that_is_none():
    with pytest.raises(SettingError, match="server: time_scale: must be 0 or more"):
        MockLLM(time_scale=-1)


def _models():
    from mock_llm.model.models import load_models

    return load_models()
