from datetime import date

import pytest

from mock_llm.model.models import KINDS, load_models
from mock_llm.yamlfile import SettingError


def test_the_models_of_the_course_are_served():
    models = load_models()
    assert {"gpt-6.1-sol", "gpt-6.1-terra", "gpt-6-luna", "gpt-4", "gpt-3.5-turbo"} <= set(models)
    assert models["gpt-3.5-turbo-instruct"].serves == "completions"
    assert models["text-embedding-3-small"].serves == "embeddings"


def test_the_models_of_2023_say_when_they_end():
    models = load_models()
    assert models["gpt-4"].shutdown_date == date(2026, 10, 23)
    assert models["gpt-6-luna"].shutdown_date is None


def test_the_large_model_is_better_than_the_small_one_above_all_at_what_is_hard():
    large, small = (load_models()[id].capability for id in ("gpt-6.1-sol", "gpt-6-luna"))
    ahead = {kind: large[kind] - small[kind] for kind in KINDS}
    assert all(lead > 0 for lead in ahead.values())
    assert min(ahead["reasoning"], ahead["code"]) > 2 * max(ahead["factual"], ahead["creative"])


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("serves: song", "m: serves: must be one of chat, .*, moderations, got 'song'"),
        ("context_window: 0", "m: context_window: must be at least 1"),
        ("capability: {factual: 1.5}", "m: capability: factual: must be between 0 and 1"),
        ("capability: {factual: 1}", "m: capability: reasoning: is missing"),
        ("reasoning_effort: wild", "m: reasoning_effort: must be one of none, .*, got 'wild'"),
        ("images: some", "m: images: expected true or false, got 'some'"),
        ("colour: red", "m: colour: is not a setting"),
    ],
)
def test_a_mistake_in_a_model_is_named(tmp_path, change, complaint):
    lines = {
        "serves": "chat",
        "tier": "small",
        "owner": "me",
        "created": "2026-01-01",
        "context_window": "10",
        "max_output": "10",
        "capability": "{factual: 1, reasoning: 1, creative: 1, code: 1}",
    }
    key, value = change.split(": ", 1)
    lines[key] = value
    path = tmp_path / "models.yaml"
    path.write_text("m:\n" + "".join(f"  {k}: {v}\n" for k, v in lines.items()), encoding="utf-8")
    with pytest.raises(SettingError, match=complaint):
        load_models(path)
