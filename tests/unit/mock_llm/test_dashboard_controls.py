import pytest

from mock_llm import MockLLM, SettingError
from mock_llm.dashboard.controls import CONTROLS, choices
from mock_llm.yamlfile import Table


@pytest.fixture
def labs():
    mock = MockLLM("instant")
    return [mock.lab("sk-1"), mock.lab("sk-2")]


def act(control, labs, **values):
    CONTROLS[control](labs, Table(values, "the request"))


def test_a_scenario_plays_in_every_lab_that_is_given(labs):
    act("scenario", labs, scenario="healthy")
    assert [lab.scenario().name for lab in labs] == ["healthy", "healthy"]
    act("scenario", labs[:1], scenario="instant")
    assert [lab.scenario().name for lab in labs] == ["instant", "healthy"]


def test_latency_is_spread(labs):
    act("latency", labs, ttft_median_s=0.5, per_token_median_s=0.01)
    pace = labs[1].latency().default
    assert (pace.ttft_median_s, pace.ttft_p99_s) == (0.5, 1.5)
    assert (pace.per_token_median_s, pace.per_token_p99_s) == (0.01, 0.03)


def test_failures_replace_those_set_before_and_leave_others_alone(labs):
    lab = labs[0]
    kept = lab.add_fault("unavailable", probability=0.3, model="gpt-4")
    act("failures", [lab], kind="unavailable", probability=0.5)
    act("failures", [lab], kind="rate_limited", probability=0.1)
    act("failures", [lab], kind="unavailable", probability=0.9)
    assert [(fault.kind, fault.probability) for fault in lab.faults()] == [
        ("unavailable", 0.3),
        ("rate_limited", 0.1),
        ("unavailable", 0.9),
    ]
    act("failures", [lab], kind="unavailable", probability=0)
    act("failures", [lab], kind="rate_limited", probability=0)
    assert lab.faults() == [kept]


def test_a_budget_is_set_and_ended(labs):
    act("budget", labs, dollars=0.5, per="day")
    assert [(each.limit_nanodollars, each.per) for each in labs[1].records.budgets()] == [
        (500_000_000, "day")
    ]
    act("budget", labs)
    assert labs[1].records.budgets() == []


def test_reset_empties_the_records(labs):
    labs[0].arrive("/v1/models").close("ok", 200)
    act("scenario", labs, scenario="healthy")
    act("reset", labs)
    assert labs[0].journal() == []
    assert labs[0].scenario().name == "instant"


@pytest.mark.parametrize(
    ("control", "values", "complaint"),
    [
        ("scenario", {"scenario": "sunny"}, "scenario: 'sunny' is none of"),
        ("scenario", {}, "scenario: is missing"),
        ("scenario", {"scenario": "instant", "loud": 1}, "loud: is not a setting"),
        ("latency", {"ttft_median_s": -1}, "must be between 0 and 60"),
        ("latency", {"ttft_median_s": "fast"}, "expected a number"),
        ("failures", {"kind": "explode", "probability": 1}, "'explode' is none of"),
        ("failures", {"kind": "hang", "probability": 2}, "must be between 0 and 1"),
        ("budget", {"dollars": -1}, "must be 0 or more"),
        ("budget", {"dollars": 1, "per": "year"}, "neither total nor day"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(labs, control, values, complaint):
    with pytest.raises(SettingError, match=complaint):
        act(control, labs, **values)
    assert [lab.scenario().name for lab in labs] == ["instant", "instant"]
    assert labs[0].faults() == []


def test_the_choices_are_what_the_server_ships():
    found = choices()
    assert {"healthy", "instant"} <= {each["name"] for each in found["scenarios"]}
    assert all(each["description"] for each in found["scenarios"])
    assert "unavailable" in [each["kind"] for each in found["faults"]]
