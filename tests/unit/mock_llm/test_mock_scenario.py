import pytest

from mock_llm.model.models import load_models
from mock_llm.scenario import load_scenario, parse_scenario, shipped
from mock_llm.yamlfile import SettingError, Table


def test_the_shipped_scenarios_load_and_say_what_they_are():
    assert shipped() == [
        "brownout",
        "cost-explosion",
        "error-cascade",
        "flaky-json",
        "hallucinating",
        "healthy",
        "instant",
        "latency-creep",
        "noisy-neighbour",
        "outage",
        "rate-limited",
        "stream-cuts",
    ]
    assert all(load_scenario(name).description for name in shipped())


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_scenario_survives_being_written_down(name):
    scenario = load_scenario(name)
    assert parse_scenario(Table(scenario.to_dict(), "again"), "x") == scenario


def test_instant_has_neither_latency_nor_faults():
    scenario = load_scenario("instant")
    assert all(scenario.latency.of(model).instant for model in load_models().values())
    assert list(scenario.faults) == []


def test_healthy_is_slower_for_larger_models_and_never_fails():
    scenario = load_scenario("healthy")
    models = load_models()
    paces = [scenario.latency.of(models[id]) for id in ("gpt-6-luna", "gpt-6.1-terra", "gpt-4")]
    assert [pace.ttft_median_s for pace in paces] == sorted(pace.ttft_median_s for pace in paces)
    assert paces[2].ttft_median_s == 0.35
    assert list(scenario.faults) == []


def test_a_scenario_survives_being_written_down():
    before = load_scenario(
        {
            "name": "mine",
            "description": "d",
            "latency": {"default": {"ttft_median_s": 1}, "models": {"gpt-4": {}}},
            "faults": [{"kind": "hang", "for_s": 2, "every": 3}],
            "load": {"capacity": 3},
            "limits": {"concurrent": 3, "neighbours": [{"share": 0.5, "until_s": 3}]},
            "time_scale": 0.5,
        }
    )
    assert parse_scenario(Table(before.to_dict(), "again"), "x") == before


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("faults: [{kind: hung}]", r"faults\[1\]: kind: 'hung' is none of"),
        ("faults: {kind: hang}", "faults: expected a list"),
        (
            "faults:\n- kind: hang\n- {kind: reset, first: x}",
            r"faults\[2\]: first: expected a whole",
        ),
        (
            "latency: {default: {ttft_median_s: -1}}",
            "latency: default: ttft_median_s: must be 0 or",
        ),
        ("latency: {tier: {}}", "latency: tier: is not a setting"),
        ("latency: slow", "latency: expected keys with values, got 'slow'"),
        (
            "speed: 1",
            "speed: is not a setting; known here: answers, description, faults, latency, limits, ",
        ),
        ("time_scale: -1", "time_scale: must be 0 or more"),
        ("load: {queue: 3}", "load: capacity: is missing"),
        ("limits: {concurrent: 0}", "limits: concurrent: must be at least 1"),
        (
            "latency: {default: {creep: [{at_s: x}]}}",
            r"latency: default: creep\[1\]: at_s: expected a number",
        ),
        (
            "limits: {neighbours: [{share: 1, until_s: 0}]}",
            r"limits: neighbours\[1\]: until_s: must be later",
        ),
        ("- a list", "expected keys with values"),
        ("{", "is not YAML"),
        ("1: 2", "the key 1 is not text"),
    ],
)
def test_a_mistake_is_named_by_file_key_and_cause(tmp_path, text, complaint):
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingError, match=rf"mine\.yaml: {complaint}"):
        load_scenario(path)


def test_a_scenario_that_does_not_exist_names_those_that_do(tmp_path):
    with pytest.raises(SettingError, match=r"neither a file nor one of .*healthy, instant"):
        load_scenario("helthy")
    with pytest.raises(SettingError, match="neither a file nor one of"):
        load_scenario(tmp_path)
